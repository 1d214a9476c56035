/**
 * A session with its user as Better Auth's client expects them from `/get-session`, in one statement. It is the question
 * asked most often after the token's; through Better Auth it costs several times as much.
 */
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { createBatchedLookup, type Lookup } from "./batched-lookup.ts";

/** JSON of `{ session, user }`, and when the session was last prolonged. */
export interface SessionView {
  readonly json: string;
  readonly updatedAt: Date;
}

interface Row {
  readonly id: string;
  readonly token: string;
  readonly session: Readonly<Record<string, unknown>>;
  readonly user: Readonly<Record<string, unknown>>;
}

/** Of a session that has not expired, and whose user is not banned. */
export function createFindSessionView(
  { $client: sql }: Database,
  onUse: (sessionId: string) => void,
): Lookup<SessionView> {
  return createBatchedLookup(async (tokens) => {
    const rows = await withinDeadline(sql<Row[]>`
      select session.id, token,
        jsonb_build_object('id', session.id, 'token', token, 'userId', user_id, 'expiresAt', session.expires_at,
          'createdAt', session.created_at, 'updatedAt', session.updated_at, 'ipAddress', ip_address,
          'userAgent', user_agent, 'impersonatedBy', impersonated_by,
          'activeOrganizationId', active_organization_id, 'activeTeamId', active_team_id,
          'lastSeenAt', last_seen_at) as session,
        jsonb_build_object('id', "user".id, 'name', name, 'email', email, 'emailVerified', email_verified,
          'image', image, 'createdAt', "user".created_at, 'updatedAt', "user".updated_at, 'role', role,
          'banned', banned, 'banReason', ban_reason, 'banExpires', ban_expires, 'username', username,
          'displayUsername', display_username, 'twoFactorEnabled', two_factor_enabled) as "user"
      from session join "user" on "user".id = user_id
      where token = any(${[...tokens]}::text[])
        and session.expires_at > now()
        and (not banned or ban_expires <= now())`);
    for (const { id } of rows) onUse(id);
    return new Map(rows.map((row) => [row.token, toView(row)]));
  });
}

function toView(row: Row): SessionView {
  const session = withTimes(row.session);
  return {
    json: JSON.stringify({ session, user: withTimes(row.user) }),
    updatedAt: new Date(String(session["updatedAt"])),
  };
}

const TIMES = ["expiresAt", "createdAt", "updatedAt", "lastSeenAt", "banExpires"] as const;

/** Postgres writes times in its own way; JavaScript reads `2030-01-31T12:00:00.000Z`. */
function withTimes(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const written = { ...row };
  for (const name of TIMES) {
    const time = row[name];
    if (typeof time === "string") written[name] = new Date(time).toISOString();
  }
  return written;
}
