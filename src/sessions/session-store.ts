/**
 * Sessions as our own handlers need them: one statement, the user included. Better Auth writes them.
 * It goes to the driver directly: through Drizzle it would be parsed and planned anew for every request.
 */
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { createBatchedLookup } from "./batched-lookup.ts";

/** A session that has not expired, and whose user is not banned. */
export interface ActiveSession {
  readonly id: string;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly name: string;
    readonly role: string | null;
  };
}

export type FindSession = (sessionToken: string) => Promise<ActiveSession | undefined>;

interface Row {
  readonly token: string;
  readonly session_id: string;
  readonly user_id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  readonly role: string | null;
}

/** Expiry and bans are judged by the database's clock, in the statement itself. */
export function createFindSession({ $client: sql }: Database): FindSession {
  return createBatchedLookup(async (tokens) => {
    const rows = await withinDeadline(sql<Row[]>`
      select token, session.id as session_id, "user".id as user_id, email, email_verified, name, role
      from session join "user" on "user".id = session.user_id
      where token = any(${[...tokens]}::text[])
        and session.expires_at > now()
        and (not banned or ban_expires <= now())`);
    return new Map(rows.map((row) => [row.token, toActiveSession(row)]));
  });
}

const toActiveSession = ({ session_id, user_id, email, email_verified, name, role }: Row): ActiveSession => ({
  id: session_id,
  user: { id: user_id, email, emailVerified: email_verified, name, role },
});
