/**
 * Sessions as our own handlers need them: one statement, the user included. Better Auth writes them.
 * It goes to the driver directly: through Drizzle it would be parsed and planned anew for every request.
 */
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { createBatchedLookup } from "./batched-lookup.ts";
import { type Person, type PersonRow, toPerson } from "./person.ts";

/** A session that has not expired, and whose user is not banned. */
export interface ActiveSession {
  readonly id: string;
  readonly user: Person;
  /** Who is really looking, if not the user. */
  readonly impersonatedBy: string | null;
  /** The active one, if the user still belongs to it. */
  readonly organization: ActiveOrganization | undefined;
}

interface ActiveOrganization {
  readonly id: string;
  /** A comma-separated list. */
  readonly role: string;
  /** Whether it wants a second factor of its members. */
  readonly secondFactor: boolean;
}

export type FindSession = (sessionToken: string) => Promise<ActiveSession | undefined>;

interface Row extends PersonRow {
  readonly token: string;
  readonly session_id: string;
  readonly impersonated_by: string | null;
  readonly organization_id: string | null;
  readonly organization_role: string | null;
  readonly organization_second_factor: boolean | null;
}

/** Expiry and bans are judged by the database's clock, in the statement itself. */
export function createFindSession(
  { $client: sql }: Database,
  onUse: (sessionId: string) => void,
): FindSession {
  return createBatchedLookup(async (tokens) => {
    const rows = await withinDeadline(sql<Row[]>`
      select token, session.id as session_id, "user".id as user_id, email, email_verified, "user".name, "user".role,
        two_factor_enabled, impersonated_by, member.organization_id, member.role as organization_role,
        case when member.organization_id is not null then
          (select second_factor from organization where id = member.organization_id) end as organization_second_factor
      from session join "user" on "user".id = session.user_id
        left join member on member.organization_id = session.active_organization_id
          and member.user_id = session.user_id
      where token = any(${[...tokens]}::text[])
        and session.expires_at > now()
        and (not banned or ban_expires <= now())`);
    for (const { session_id } of rows) onUse(session_id);
    return new Map(rows.map((row) => [row.token, toActiveSession(row)]));
  });
}

const toActiveSession = (row: Row): ActiveSession => ({
  id: row.session_id,
  user: toPerson(row),
  impersonatedBy: row.impersonated_by,
  organization:
    row.organization_id === null
      ? undefined
      : {
          id: row.organization_id,
          role: row.organization_role ?? "",
          secondFactor: row.organization_second_factor ?? false,
        },
});
