/**
 * A session as somebody else, for an hour at most, marked as what it is in the row, in its tokens (`act`, RFC 8693 §4.1) and
 * in the audit trail. It cannot administer anything.
 */
import { randomBytes, randomUUID } from "node:crypto";
import { type SQL, sql } from "drizzle-orm";
import { type Actor, record } from "../../audit/audit.ts";
import type { Database } from "../../db/database.ts";
import { session } from "../../db/schema/accounts.ts";
import type { Person } from "./person.ts";

const LIFETIME_MS = 60 * 60 * 1000;

interface Impersonation {
  /** Signed, to be sent as a bearer token. */
  readonly sessionToken: string;
  readonly expiresAt: Date;
}

export type Impersonate = (actor: Actor, person: Person) => Promise<Impersonation>;

/** `sign` makes a session token what a caller may send. */
export const createImpersonate =
  (db: Database, sign: (token: string) => string): Impersonate =>
  async (actor, person) => {
    const token = randomBytes(24).toString("base64url");
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    const id = randomUUID();
    await db.transaction(async (tx) => {
      await tx.insert(session).values({
        id,
        token,
        userId: person.id,
        expiresAt,
        ipAddress: actor.ipAddress ?? null,
        userAgent: actor.userAgent ?? null,
        impersonatedBy: actor.id,
      });
      await record(tx, actor, [
        {
          action: "user.impersonated",
          target: person.id,
          detail: { session: id, until: expiresAt.toISOString() },
        },
      ]);
    });
    return { sessionToken: sign(token), expiresAt };
  };

/** Better Auth prolongs any session in use that ends within days: this is its hook before it writes one. */
export const neverProlongImpersonation = async ({
  expiresAt,
}: {
  expiresAt?: Date | undefined;
}): Promise<{ data: object }> => ({
  data: expiresAt === undefined ? {} : { expiresAt: unlessImpersonation(expiresAt) },
});

const unlessImpersonation = (until: Date): SQL =>
  sql`case when ${session.impersonatedBy} is null then ${until.toISOString()}::timestamptz else ${session.expiresAt} end`;
