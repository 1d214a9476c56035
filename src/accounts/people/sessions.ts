/** Sessions as administrators see them, without their tokens: who is signed in from where, and ending that. */
import { and, eq, or, sql } from "drizzle-orm";
import { type Actor, record } from "../../audit/audit.ts";
import type { Database, Transaction } from "../../db/database.ts";
import { type Page, type PageRequest, paging, toPage } from "../../db/page.ts";
import { session, verification } from "../../db/schema/accounts.ts";

export interface SessionView {
  readonly id: string;
  readonly userId: string;
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly createdAt: Date;
  /** When a token or `get-session` was last asked for by it, to the minute. */
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
  readonly impersonatedBy: string | null;
}

/** Those that have not expired; of one user, or of all. */
export async function listSessions(
  db: Database,
  { userId }: { userId?: string | undefined },
  request: PageRequest,
): Promise<Page<SessionView>> {
  const { where, order, place } = paging(session.createdAt, session.id, request);
  const rows = await db
    .select({ session, place })
    .from(session)
    .where(
      and(
        where,
        sql`${session.expiresAt} > now()`,
        userId === undefined ? undefined : eq(session.userId, userId),
      ),
    )
    .orderBy(...order)
    .limit(request.limit + 1);
  return toPage(rows, request.limit, ({ session: row }) => ({
    id: row.id,
    userId: row.userId,
    ipAddress: row.ipAddress,
    userAgent: row.userAgent,
    createdAt: row.createdAt,
    lastSeenAt: row.lastSeenAt,
    expiresAt: row.expiresAt,
    impersonatedBy: row.impersonatedBy,
  }));
}

/** How many there were. */
export const endSessionsOf = (db: Database, actor: Actor, userId: string): Promise<number> =>
  db.transaction(async (tx) => {
    const count = await signOut(tx, userId);
    await record(tx, actor, [{ action: "sessions.ended", target: userId, detail: { count } }]);
    return count;
  });

/** Everywhere, as somebody else too, and out of what they have begun. How many sessions there were. */
export async function signOut(tx: Transaction, userId: string): Promise<number> {
  await forgetBegun(tx, userId);
  const ended = await tx
    .delete(session)
    .where(or(eq(session.userId, userId), impersonationBy(userId)))
    .returning({ id: session.id });
  return ended.length;
}

/** Links to a new password, sign-ins that wait for a second factor, trusted devices: Better Auth keeps each by its user's id. */
export async function forgetBegun(tx: Database | Transaction, userId: string): Promise<void> {
  await tx.delete(verification).where(eq(verification.value, userId));
}

/** Whoever may do less than before begins anew. */
export async function endImpersonationsBy(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(session).where(impersonationBy(userId));
}

/** None lasts longer than an hour, so the index on `expires_at` finds them among millions of sessions. */
const impersonationBy = (userId: string) =>
  and(
    sql`${session.expiresAt} between now() and now() + interval '2 hours'`,
    eq(session.impersonatedBy, userId),
  );

/** Of whom it was; undefined when there is none. */
export async function findSessionOwner(db: Database, id: string): Promise<string | undefined> {
  const [found] = await db.select({ userId: session.userId }).from(session).where(eq(session.id, id));
  return found?.userId;
}

export const endSession = (db: Database, actor: Actor, id: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const [ended] = await tx.delete(session).where(eq(session.id, id)).returning({ userId: session.userId });
    if (ended === undefined) return false;
    await record(tx, actor, [{ action: "session.ended", target: ended.userId, detail: { session: id } }]);
    return true;
  });
