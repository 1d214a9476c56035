/** What nobody comes back to: sessions, links and codes that have expired go by themselves, a day later. */
import { expect, test } from "vitest";
import { expiredChores } from "../../src/sessions/expired.ts";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

test("expired sessions, links and codes are removed after a day, all others stay, also with several servers at it", async () => {
  await using server = await startTestServer();
  const { sql } = server.database;
  const person = await signUp(server.url);
  await postJson(`${server.url}/api/auth/request-password-reset`, { email: person.email, redirectTo: "/" });
  const kept = await sql`select id from verification`;
  expect(kept.length).toBeGreaterThan(0);
  await sql`
    insert into session (id, token, user_id, expires_at)
    select 's' || n, 't' || n, ${person.id}, now() - make_interval(hours => n % 48) from generate_series(0, 24999) as n`;
  await sql`
    insert into verification (id, identifier, value, expires_at)
    select 'v' || n, 'i' || n, '', now() - make_interval(hours => n % 48) from generate_series(0, 999) as n`;
  const counts = await Promise.all(
    [1, 2, 3].flatMap(() => expiredChores(server.server.services.db).map(({ remove }) => remove())),
  );
  const [left] = await sql`
    select (select count(*)::int from session) as sessions, (select count(*)::int from verification) as verifications,
      (select count(*)::int from session where expires_at < now() - interval '1 day')
        + (select count(*)::int from verification where expires_at < now() - interval '1 day') as old`;
  expect(left?.["old"]).toBe(0);
  const removed = counts.reduce((sum, count) => sum + count, 0);
  expect(left?.["sessions"] + left?.["verifications"] + removed).toBe(25_001 + 1000 + kept.length);
  expect(left?.["sessions"]).toBeGreaterThan(12_000);
  expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(200);
});
