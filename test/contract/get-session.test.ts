/** Our answer to `/get-session` is Better Auth's, member by member, and where something is to be written it is Better Auth's. */
import { describe, expect, test } from "vitest";
import { asBearer, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const PATH = "/api/auth/get-session";

describe("get-session", () => {
  test("says what Better Auth would say, by cookie and by bearer", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url, { name: 'Ada "the first" Lovelace\u2028' });
    await server.database.sql`
      update "user" set username = 'ada', display_username = 'Ada', two_factor_enabled = true, image = 'x',
        ban_expires = now() - interval '1 day', ban_reason = 'once', banned = true, role = 'admin'`;
    await server.database.sql`update session set active_organization_id = 'o', user_agent = null`;
    for (const headers of [{ cookie: person.cookie }, asBearer(person.bearer).headers]) {
      const ours = await fetch(server.url + PATH, { headers });
      const theirs = await server.server.services.accounts.handle(
        new Request(server.url + PATH, { headers }),
      );
      expect(await ours.json()).toEqual(await theirs.json());
      expect(ours.headers.get("cache-control")).toBe("no-store");
      expect(ours.headers.getSetCookie()).toEqual([]);
    }
  });

  test("prolongs a session that is a day old, as Better Auth does", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    await server.database.sql`
      update session set updated_at = now() - interval '25 hours', expires_at = now() + interval '6 days'`;
    const response = await fetch(server.url + PATH, { headers: { cookie: person.cookie } });
    expect((await response.json()).user.id).toBe(person.id);
    expect(response.headers.getSetCookie().join()).toContain("session_token");
    const [session] = await server.database
      .sql`select expires_at > now() + interval '6.9 days' as prolonged from session`;
    expect(session).toEqual({ prolonged: true });
  });

  test("is null for nobody, for a forged cookie, and after signing out, and clears the cookie away", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const forged = person.cookie.replace(/(session_token=.{5})./, "$1_");
    for (const headers of [{}, { cookie: forged }, asBearer("nonsense.nonsense").headers]) {
      expect(await (await fetch(server.url + PATH, { headers })).json()).toBeNull();
    }
    await server.database.sql`delete from session`;
    const gone = await fetch(server.url + PATH, { headers: { cookie: person.cookie } });
    expect(await gone.json()).toBeNull();
    expect(gone.headers.getSetCookie().join()).toMatch(/session_token=;/);
  });
});
