/** `/admin`, assembled: what answers where. Each part says which permission it asks for. */
import { randomUUID } from "node:crypto";
import { Hono } from "hono";
import type { AccessBook } from "../../access/book.ts";
import type { SubjectOf } from "../../access/subject.ts";
import { createImpersonate } from "../../accounts/people/impersonating.ts";
import { type Actor, type AuditEvent, type Outcome, record } from "../../audit/audit.ts";
import type { Config } from "../../config.ts";
import type { Database } from "../../db/database.ts";
import type { Mailer } from "../../email/mailer.ts";
import type { ListedKey } from "../../keys/listing.ts";
import { verifierPatience } from "../../keys/policy.ts";
import type { KeyRing } from "../../keys/ring.ts";
import type { Logger } from "../../logger.ts";
import type { Authenticate } from "../../sessions/authenticate.ts";
import type { ValueSigner } from "../../sessions/signed-value.ts";
import { previewToken } from "../../tokens/preview.ts";
import type { IssueSessionToken } from "../../tokens/session-token.ts";
import { type AppContext, type AppEnv, requestHeader } from "../context.ts";
import type { ClientAddress } from "../middleware/client-address.ts";
import { createAdminApis, createAdminRoles } from "./access.ts";
import { createAdminAudit } from "./audit.ts";
import { createAdminKeys } from "./keys.ts";
import { noStore } from "./no-store.ts";
import { createAdminOrganizations } from "./organizations.ts";
import { createRequirePermission } from "./permission.ts";
import { createAdminSessions } from "./sessions.ts";
import { createUserActions } from "./user-actions.ts";
import { createAdminUsers } from "./users.ts";

export interface AdminParts {
  readonly config: Config;
  readonly logger: Logger;
  readonly db: Database;
  readonly mailer: Mailer;
  readonly authenticate: Authenticate;
  readonly access: AccessBook;
  readonly subjectOf: SubjectOf;
  readonly issueSessionToken: IssueSessionToken;
  readonly signer: ValueSigner;
  readonly ring: KeyRing;
  readonly clientAddress: ClientAddress;
  hashPassword(password: string): Promise<string>;
  listKeys(): Promise<ListedKey[]>;
}

export function createAdmin(parts: AdminParts): Hono<AppEnv> {
  const { config, logger, db, access: book, ring } = parts;
  const note = (actor: Actor, event: AuditEvent, outcome: Outcome): void => {
    record(db, actor, [event], outcome).catch((error: unknown) =>
      logger.error({ err: error }, "an audit event was not written"),
    );
  };
  const addressOf = (c: AppContext): string =>
    parts.clientAddress({
      peer: c.env.incoming.socket.remoteAddress,
      forwardedFor: requestHeader(c, "x-forwarded-for"),
    });
  const requirePermission = createRequirePermission({
    authenticate: parts.authenticate,
    book,
    addressOf,
    note,
  });
  const access = {
    requirePermission,
    db,
    book,
    bounds: { maxTtl: config.TOKEN_TTL, algorithms: config.KEY_ALGORITHMS },
  };
  const users = { requirePermission, db, book, mailer: parts.mailer, hashPassword: parts.hashPassword };
  return new Hono<AppEnv>()
    .use(noStore)
    .route(
      "/keys",
      createAdminKeys({
        requirePermission,
        algorithms: config.KEY_ALGORITHMS,
        verifierPatience: verifierPatience(config),
        listKeys: parts.listKeys,
        ring,
      }),
    )
    .route("/users", createAdminUsers(users))
    .route(
      "/users",
      createUserActions({
        ...users,
        impersonate: createImpersonate(db, parts.signer.sign),
        previewToken: (person, resource) => {
          const session = { id: randomUUID(), user: { ...person, role: person.roles.join(",") } };
          const subject = parts.subjectOf({ ...session, impersonatedBy: null, organization: undefined });
          return previewToken(parts.issueSessionToken, subject, resource);
        },
      }),
    )
    .route("/sessions", createAdminSessions(users))
    .route("/roles", createAdminRoles(access))
    .route("/apis", createAdminApis(access))
    .route("/organizations", createAdminOrganizations({ requirePermission, db }))
    .route("/audit", createAdminAudit({ requirePermission, db, logger }));
}
