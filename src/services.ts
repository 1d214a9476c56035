/** The composition root: every part built once, in order, and taken down in reverse. */
import { sql } from "drizzle-orm";
import { createRulesFor } from "./access/audiences.ts";
import { type AccessBook, openAccessBook } from "./access/book.ts";
import { declaredBy } from "./access/declared.ts";
import { createSubjectOf, createSubjectOfKey, type SubjectOf, type SubjectOfKey } from "./access/subject.ts";
import { type AccountsEngine, createAccountsEngine } from "./accounts/engine.ts";
import { createPromoteFirstAdmin, promoteExistingUser } from "./accounts/first-admin.ts";
import type { Admission } from "./accounts/passwords/admission.ts";
import { createPasswords } from "./accounts/passwords/passwords.ts";
import { type Actor, ANONYMOUS, type AuditEvent, record } from "./audit/audit.ts";
import { pruneEvents } from "./audit/reading.ts";
import { createSeldom } from "./audit/seldom.ts";
import type { Config } from "./config.ts";
import { connect, type Database } from "./db/database.ts";
import { startHousekeeping } from "./db/housekeeping.ts";
import type { OpenedDatabase } from "./db/open.ts";
import { createMailer, type Mailer } from "./email/mailer.ts";
import { openWayOut, type WayOut } from "./email/open.ts";
import { MAIL_CHANNEL } from "./email/outbox.ts";
import { type ListedKey, listKeys } from "./keys/listing.ts";
import { meterKeys } from "./keys/meter.ts";
import { keyPolicy } from "./keys/policy.ts";
import { type KeyRing, openKeyRing } from "./keys/ring.ts";
import { createSealer } from "./keys/sealing.ts";
import type { Budgets } from "./limits/budgets.ts";
import type { OnLimited } from "./limits/limited.ts";
import { type Limits, openLimits } from "./limits/open.ts";
import type { Logger } from "./logger.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { ProjectConfig } from "./project.ts";
import type { Secrets } from "./secrets.ts";
import { createFindApiKey, type FindApiKey } from "./sessions/api-key.ts";
import { type Authenticate, createAuthenticate } from "./sessions/authenticate.ts";
import type { Lookup } from "./sessions/batched-lookup.ts";
import { type CredentialReader, createCredentialReader, sessionCookieName } from "./sessions/credential.ts";
import { expiredChores } from "./sessions/expired.ts";
import { startLastSeen } from "./sessions/last-seen.ts";
import { createSessionCodes, type SessionCodes } from "./sessions/session-code.ts";
import { createFindSession, type FindSession } from "./sessions/session-store.ts";
import { createFindSessionView, type SessionView } from "./sessions/session-view.ts";
import { createValueSigner, type ValueSigner } from "./sessions/signed-value.ts";
import { createIssueSessionToken, type IssueSessionToken } from "./tokens/session-token.ts";

export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ring: KeyRing;
  readonly accounts: AccountsEngine;
  readonly mailer: Mailer;
  /** Mail that was not sent, for its page; undefined where there is none. */
  readonly outbox: WayOut["outbox"];
  readonly authenticate: Authenticate;
  readonly findSession: FindSession;
  /** Signs anew what a previous secret has signed; undefined while there is none. */
  readonly previousSigner: ValueSigner | undefined;
  /** For what administrators read and write. */
  readonly db: Database;
  readonly limits: Limits;
  readonly onLimited: OnLimited;
  /** For what is limited for each session, and for each account whose second factor is asked for. */
  readonly readCredential: CredentialReader;
  readonly signer: ValueSigner;
  readonly access: AccessBook;
  readonly subjectOf: SubjectOf;
  readonly subjectOfKey: SubjectOfKey;
  readonly findApiKey: FindApiKey;
  readonly findSessionView: Lookup<SessionView>;
  readonly sessionCodes: SessionCodes;
  readonly issueSessionToken: IssueSessionToken;
  /** To the line of those who need a password hashed. */
  readonly admission: Admission;
  hashPassword(password: string): Promise<string>;
  /** Origins whose pages may act with a person's cookie: our own and those of `CORS_ORIGINS`. */
  readonly trustedOrigins: readonly string[];
  listKeys(): Promise<ListedKey[]>;
  pingDatabase(): Promise<unknown>;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly secrets: Secrets;
  /** What keyturn.config.ts says; nothing where there is none. */
  readonly project?: ProjectConfig;
  /** Other limits than Keyturn's own. No setting does this: nobody is to lift them by accident. */
  readonly budgets?: Budgets;
  /** Theirs from now on: closed with the services, or when they cannot be created. */
  readonly database: OpenedDatabase;
}

export async function createServices({
  config,
  logger,
  secrets,
  project = {},
  budgets,
  database,
}: ServicesOptions): Promise<Services> {
  await using undo = new AsyncDisposableStack();
  undo.defer(() => database.close());
  const connections = connect({ address: database.address, schemaName: config.DATABASE_SCHEMA, logger });
  undo.defer(() => connections.close());
  const ring = await openKeyRing({
    connections,
    sealer: createSealer(secrets.keyEncryption),
    policy: keyPolicy(config),
    logger,
  });
  undo.defer(() => ring.close());
  const bounds = { maxTtl: config.TOKEN_TTL, algorithms: config.KEY_ALGORITHMS };
  const access = await openAccessBook(connections, declaredBy(project, bounds), logger);
  undo.defer(() => access.close());
  const limits = await openLimits({
    db: connections.limits,
    redisUrl: config.REDIS_URL,
    secrets: secrets.session,
    issuer: config.ISSUER,
    logger,
    ...(budgets !== undefined && { budgets }),
  });
  undo.defer(() => limits.close());
  const old = {
    what: "audit events older than AUDIT_RETENTION",
    remove: () => pruneEvents(connections.accounts, config.AUDIT_RETENTION),
  };
  undo.defer(startHousekeeping([old, ...expiredChores(connections.accounts)], logger));
  const metrics = createMetrics();
  meterKeys(metrics, ring.tally);

  const trustedOrigins = [config.ISSUER, ...config.CORS_ORIGINS];
  const site = { name: project.name ?? new URL(config.ISSUER).host, url: config.ISSUER };
  const wayOut = openWayOut({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM, site, logger });
  const mailer = await createMailer({
    db: connections.accounts,
    listen: (onMail) => connections.listen(MAIL_CHANNEL, onMail),
    transport: wayOut.transport,
    secrets: secrets.session,
    site,
    logger,
    ...(project.mail?.templates && { templates: project.mail.templates }),
  });
  undo.defer(() => mailer.close());
  const promoteFirstAdmin = createPromoteFirstAdmin(connections.accounts, config.ADMIN_EMAIL);
  await promoteExistingUser(connections.accounts, config.ADMIN_EMAIL, promoteFirstAdmin);
  const passwords = createPasswords({
    db: connections.accounts,
    issuer: config.ISSUER,
    breachCheckUrl: config.PASSWORD_BREACH_CHECK_URL,
    logger,
  });
  const accounts = createAccountsEngine({
    db: connections.accounts,
    issuer: config.ISSUER,
    siteName: site.name,
    trustedOrigins,
    secrets: secrets.session,
    passwords,
    jwt: {
      issuer: config.ISSUER,
      audience: config.TOKEN_AUDIENCE,
      ttl: config.TOKEN_TTL,
      defaultAlgorithm: config.KEY_ALGORITHMS[0],
      sign: (claims) => ring.sign(claims, { typ: "JWT" }),
      publicKeys: ring.publicKeys,
    },
    mailer,
    requireEmailVerification: config.REQUIRE_EMAIL_VERIFICATION,
    project,
    promoteFirstAdmin,
    logger,
  });

  const lastSeen = startLastSeen(connections.accounts, logger);
  undo.defer(() => lastSeen.close());
  const findSession = createFindSession(connections.tokens, lastSeen.note);
  const readCredential = createCredentialReader(secrets.session, sessionCookieName(config.ISSUER));
  const isSeldom = createSeldom();
  const note = (actor: Actor, event: AuditEvent): void => {
    record(connections.accounts, actor, [event], "refused").catch((error: unknown) =>
      logger.error({ err: error }, "an audit event was not written"),
    );
  };
  const release = undo.move();
  return {
    config,
    logger,
    metrics,
    ring,
    accounts,
    mailer,
    outbox: wayOut.outbox,
    trustedOrigins,
    previousSigner: secrets.session.length > 1 ? createValueSigner(secrets.session) : undefined,
    authenticate: createAuthenticate(readCredential, findSession),
    findSession,
    readCredential,
    signer: createValueSigner(secrets.session),
    limits,
    onLimited({ budget, method, path, requestId }) {
      logger.warn({ budget, method, path, requestId }, "a limit was reached");
      if (!isSeldom(budget)) return;
      const event = { action: "limit.reached", target: path, detail: { path, code: budget } } as const;
      note({ id: ANONYMOUS, requestId }, event);
    },
    db: connections.accounts,
    access,
    subjectOf: createSubjectOf(access),
    subjectOfKey: createSubjectOfKey(access),
    findApiKey: createFindApiKey(connections.tokens),
    findSessionView: createFindSessionView(connections.tokens, lastSeen.note),
    sessionCodes: createSessionCodes(connections.accounts),
    issueSessionToken: createIssueSessionToken(ring, {
      issuer: config.ISSUER,
      audience: config.TOKEN_AUDIENCE,
      rulesFor: createRulesFor(access, {
        audience: config.TOKEN_AUDIENCE,
        ttl: config.TOKEN_TTL,
        algorithms: config.KEY_ALGORITHMS,
      }),
      customClaims: project.claims,
      onClaimsFailed: (id, audience) =>
        note({ id }, { action: "token.claims_failed", target: id, detail: { audience } }),
    }),
    admission: passwords.admission,
    hashPassword: passwords.hashNew,
    listKeys: () => listKeys(connections.accounts),
    pingDatabase: () => connections.tokens.execute(sql`select 1`),
    close: () => release.disposeAsync(),
  };
}
