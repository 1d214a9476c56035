/** The end of sessions, links and codes that have expired: they let nobody in any more, and nobody came back to clear them away. */
import type { Database } from "../db/database.ts";
import { type Chore, inBatches } from "../db/housekeeping.ts";

/** A day late, by the database's clock: a clock that is a little off takes nothing from anybody. */
export function expiredChores({ $client: sql }: Database): readonly Chore[] {
  const remove = (table: "session" | "verification") => () =>
    inBatches(async (limit) => {
      const { count } = await sql`
        delete from ${sql(table)} where id in (
          select id from ${sql(table)} where expires_at < now() - interval '1 day'
          limit ${limit} for update skip locked)`;
      return count;
    });
  return [
    { what: "expired sessions", remove: remove("session") },
    { what: "expired links and codes", remove: remove("verification") },
  ];
}
