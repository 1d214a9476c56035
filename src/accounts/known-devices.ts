/** From where each person has signed in before. */
import { sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { knownDevice } from "../db/schema/known-device.ts";

/** A device not seen for this long is a stranger again. */
const REMEMBERED = sql`interval '180 days'`;

/** Remembers it. True where the person was seen before, but never there; whoever is new has nothing to compare with. */
export async function isNewDevice(db: Database, userId: string, fingerprint: string): Promise<boolean> {
  const [found] = await db.execute<{ is_new: boolean }>(sql`
    with known as materialized (select fingerprint from ${knownDevice} where user_id = ${userId}),
      seen as (
        insert into ${knownDevice} (user_id, fingerprint) values (${userId}, ${fingerprint})
        on conflict (user_id, fingerprint) do update set seen_at = now()),
      forgotten as (
        delete from ${knownDevice}
        where user_id = ${userId} and fingerprint <> ${fingerprint} and seen_at < now() - ${REMEMBERED})
    select count(*) > 0 and bool_and(fingerprint <> ${fingerprint}) as is_new from known`);
  return found?.is_new === true;
}
