/** Sessions of one person: which there are, ending them, several people in one browser, and what ends all of them. */
import { createAuthClient } from "better-auth/client";
import { multiSessionClient } from "better-auth/client/plugins";
import { describe, expect, test } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { openBrowser } from "../support/browser.ts";
import { asBearer, credentials, type Person, postJson, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const clientOf = (url: string, bearer: string) =>
  createAuthClient({
    baseURL: url,
    plugins: [multiSessionClient()],
    fetchOptions: { headers: { authorization: `Bearer ${bearer}` }, throw: true },
  });

/** A further session of the person, as a browser of that name. */
async function signIn(url: string, { email, password }: Person, agent = "test"): Promise<string> {
  const response = await postJson(
    `${url}/api/auth/sign-in/email`,
    { email, password },
    { "user-agent": agent },
  );
  expect(response.status).toBe(200);
  return credentials(response).bearer;
}

const seenAt = (session: object): number =>
  "lastSeenAt" in session ? new Date(String(session.lastSeenAt)).getTime() : Number.NaN;

const statusOf = async ({ url }: TestServer, bearer: string): Promise<number> =>
  (await fetch(`${url}/api/auth/token`, asBearer(bearer))).status;

describe("the sessions of a person", () => {
  test("are listed with device, address and when they were last seen, to the minute", async () => {
    await using database = await createTestDatabase();
    const before = await startTestServer({ database });
    const person = await signUp(before.url);
    const phone = await signIn(before.url, person, "Phone/1.0");
    await database.sql`update session set last_seen_at = now() - interval '3 hours'`;
    await tokenOf(before.url, phone);
    // A server that stops writes what it would have written within the minute.
    await before[Symbol.asyncDispose]();
    await using server = await startTestServer({ database });
    const sessions = await clientOf(server.url, person.bearer).listSessions();
    const seen = sessions.map((session) => ({
      userAgent: session.userAgent,
      ipAddress: session.ipAddress,
      isFresh: Date.now() - seenAt(session) < 60_000,
    }));
    const ipAddress = expect.stringMatching(/^(?:127\.0\.0\.1|::1)$/);
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual({ userAgent: "Phone/1.0", ipAddress, isFresh: true });
    expect(seen).toContainEqual({
      userAgent: expect.not.stringContaining("Phone"),
      ipAddress,
      isFresh: false,
    });
  });

  test("end one by one, all but this one, or all together", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const [one, two, three] = [
      await signIn(server.url, person, "one"),
      await signIn(server.url, person, "two"),
      await signIn(server.url, person, "three"),
    ];
    const client = clientOf(server.url, person.bearer);
    const first = (await client.listSessions()).find(({ userAgent }) => userAgent === "one");
    await client.revokeSession({ token: first?.token ?? "" });
    expect([await statusOf(server, one), await statusOf(server, two)]).toEqual([401, 200]);
    await client.revokeOtherSessions();
    expect([await statusOf(server, two), await statusOf(server, three)]).toEqual([401, 401]);
    expect(await statusOf(server, person.bearer)).toBe(200);
    const again = await signIn(server.url, person);
    await client.revokeSessions();
    expect([await statusOf(server, again), await statusOf(server, person.bearer)]).toEqual([401, 401]);
  });

  test("cannot be ended by somebody else, who is told nothing of them", async () => {
    await using server = await startTestServer();
    const [person, stranger] = [await signUp(server.url), await signUp(server.url)];
    const token = person.bearer.split(".")[0] ?? "";
    const answers = [];
    for (const guess of [token, "no-such-session"]) {
      const response = await postJson(
        `${server.url}/api/auth/revoke-session`,
        { token: guess },
        asBearer(stranger.bearer).headers,
      );
      answers.push([response.status, await response.json()]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(await statusOf(server, person.bearer)).toBe(200);
  });
});

describe("whoever is signed in by the old password", () => {
  test("is signed out when it is changed, asked for or not; who changes it goes on by a new session", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const elsewhere = await signIn(server.url, person);
    let bearer = person.bearer;
    for (const revokeOtherSessions of [undefined, false]) {
      const response = await postJson(
        `${server.url}/api/auth/change-password`,
        { currentPassword: person.password, newPassword: person.password, revokeOtherSessions },
        asBearer(bearer).headers,
      );
      expect(response.status).toBe(200);
      expect([await statusOf(server, elsewhere), await statusOf(server, bearer)]).toEqual([401, 401]);
      bearer = credentials(response).bearer;
      expect(await statusOf(server, bearer)).toBe(200);
    }
    const [{ count } = { count: 0 }] = await server.database.sql`select count(*)::int as count from session`;
    expect(count).toBe(1);
  });

  test("stays where the current password was wrong", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const elsewhere = await signIn(server.url, person);
    const response = await postJson(
      `${server.url}/api/auth/change-password`,
      { currentPassword: "not the password", newPassword: "another horse battery" },
      asBearer(person.bearer).headers,
    );
    expect(response.status).toBe(400);
    expect(await statusOf(server, elsewhere)).toBe(200);
  });

  test("is signed out everywhere by a ban, a password an administrator sets, and a deletion", async () => {
    await using server = await startAdministered();
    const [banned, renewed, deleted] = [
      await signUp(server.url),
      await signUp(server.url),
      await signUp(server.url),
    ];
    const also = await signIn(server.url, renewed);
    const ends = [
      await server.send("POST", `users/${banned.id}/ban`, { reason: "spam" }),
      await server.send("PUT", `users/${renewed.id}/password`, { password: "a password of the admin" }),
      await server.send("DELETE", `users/${deleted.id}`),
    ];
    expect(ends.map(({ status }) => status)).toEqual([200, 204, 204]);
    for (const bearer of [banned.bearer, renewed.bearer, also, deleted.bearer]) {
      expect(await statusOf(server, bearer)).toBe(401);
    }
  });
});

describe("several people in one browser", () => {
  test("are all signed in, one of them at a time, and signing one out leaves the others", async () => {
    await using server = await startTestServer();
    const browser = openBrowser();
    const [ada, grace] = [await signUp(server.url), await signUp(server.url)];
    for (const { email, password } of [ada, grace]) {
      await browser.post(`${server.url}/api/auth/sign-in/email`, { email, password });
    }
    const current = async () => {
      const session = await (await browser.get(`${server.url}/api/auth/get-session`)).json();
      return session?.user.id;
    };
    expect(await current()).toBe(grace.id);
    const listed: { session: { token: string }; user: { id: string } }[] = await (
      await browser.get(`${server.url}/api/auth/multi-session/list-device-sessions`)
    ).json();
    expect(listed.map(({ user }) => user.id).toSorted()).toEqual([ada.id, grace.id].toSorted());
    const sessionToken = listed.find(({ user }) => user.id === ada.id)?.session.token;
    await browser.post(`${server.url}/api/auth/multi-session/set-active`, { sessionToken });
    expect(await current()).toBe(ada.id);
    await browser.post(`${server.url}/api/auth/multi-session/revoke`, { sessionToken });
    expect(await current()).toBe(grace.id);
  });

  test("become nobody else by the token of a session that was never this browser's", async () => {
    await using server = await startTestServer();
    const [browser, ada, grace] = [openBrowser(), await signUp(server.url), await signUp(server.url)];
    await browser.post(`${server.url}/api/auth/sign-in/email`, { email: ada.email, password: ada.password });
    const sessionToken = grace.bearer.split(".")[0];
    const response = await browser.post(`${server.url}/api/auth/multi-session/set-active`, { sessionToken });
    expect(response.status).toBe(401);
    const session = await (await browser.get(`${server.url}/api/auth/get-session`)).json();
    expect(session.user.id).toBe(ada.id);
  });
});
