/**
 * People with five sessions each, made inside Postgres. Their tokens can be computed here, so that any of them can ask;
 * in the order of their tokens, because what lies in order is written ten times as fast.
 */
import { createHash } from "node:crypto";
import type { Sql } from "postgres";

export const SESSIONS_EACH = 5;

/** As Postgres's `md5`. */
const md5 = (text: string): string => createHash("md5").update(text).digest("hex");

export const sessionTokenOf = (number: number): string => md5(`session ${number}`);

/** How somebody is found: by what begins like nobody else's. */
export const traitsOf = (number: number) => ({
  email: `${md5(`email ${number}`).slice(0, 16)}@example.com`,
  name: `${md5(`name ${number}`).slice(0, 8)} ${number}`,
  username: md5(`username ${number}`).slice(0, 16),
});

/** People and sessions are numbered from 1. Seconds it took. */
export async function fill(sql: Sql, people: number): Promise<number> {
  const start = performance.now();
  // The one connection there is: no foreign key is checked five million times, and nothing waits for the disk.
  await sql`set session_replication_role = replica`;
  await sql`set synchronous_commit = off`;
  await sql`
    insert into "user" (id, name, email, username, role, created_at, updated_at)
    select 'person-' || number, left(md5('name ' || number), 8) || ' ' || number,
      left(md5('email ' || number), 16) || '@example.com', left(md5('username ' || number), 16), 'user',
      date_trunc('minute', now() - number * interval '1 second'), now()
    from generate_series(1, ${people}::int) as number`;
  await sql`
    insert into session (id, token, user_id, expires_at)
    select 's' || token, token, 'person-' || owner, now() + interval '7 days'
    from (
      select md5('session ' || number) as token, 1 + number % ${people}::int as owner
      from generate_series(1, ${people * SESSIONS_EACH}::int) as number order by 1
    ) as made`;
  // As autovacuum does it some time after so many rows have come.
  await sql`vacuum analyze "user", session`;
  return (performance.now() - start) / 1000;
}

export async function sizeOf(sql: Sql): Promise<string> {
  const [row] = await sql<{ size: string }[]>`
    select pg_size_pretty(pg_total_relation_size('"user"') + pg_total_relation_size('session')) as size`;
  return row?.size ?? "";
}
