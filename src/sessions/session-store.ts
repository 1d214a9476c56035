/** Sessions as our own handlers need them: one prepared statement, the user included. Better Auth writes them. */
import { and, eq, gt, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { session, user } from "../db/schema/accounts.ts";

/** A session that has not expired, and whose user is not banned. */
export interface ActiveSession {
  readonly id: string;
  readonly expiresAt: Date;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly name: string;
    readonly role: string | null;
  };
}

export type FindSession = (sessionToken: string) => Promise<ActiveSession | undefined>;

/** Expiry and bans are judged by the database's clock, in the statement itself. */
export function createFindSession(db: Database): FindSession {
  const statement = db
    .select({
      id: session.id,
      expiresAt: session.expiresAt,
      user: {
        id: user.id,
        email: user.email,
        emailVerified: user.emailVerified,
        name: user.name,
        role: user.role,
      },
    })
    .from(session)
    .innerJoin(user, eq(user.id, session.userId))
    .where(
      and(
        eq(session.token, sql.placeholder("token")),
        gt(session.expiresAt, sql`now()`),
        sql`(not ${user.banned} or ${user.banExpires} <= now())`,
      ),
    )
    .limit(1)
    .prepare("find_session");

  return async (sessionToken) => {
    const [found] = await statement.execute({ token: sessionToken });
    return found;
  };
}
