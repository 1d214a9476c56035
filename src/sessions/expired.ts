/** The end of sessions, links and codes that have expired: they let nobody in any more, and nobody came back to clear them away. */
import type { Database } from "../db/database.ts";
import { type Chore, inBatches } from "../db/housekeeping.ts";

/** A day late, by the database's clock: a clock that is a little off takes nothing from anybody. */
export const expiredChores = ({ $client: sql }: Database): readonly Chore[] => [
  {
    what: "expired sessions",
    remove: () =>
      inBatches(async (limit) => {
        const { count } = await sql`
          delete from session where id in (
            select id from session where expires_at < now() - interval '1 day' limit ${limit} for update skip locked)`;
        return count;
      }),
  },
  {
    what: "expired links and codes",
    remove: () =>
      inBatches(async (limit) => {
        const { count } = await sql`
          delete from verification where id in (
            select id from verification where expires_at < now() - interval '1 day' limit ${limit} for update skip locked)`;
        return count;
      }),
  },
];
