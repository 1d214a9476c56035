/** What can be sent to others, and what can be guessed beside passwords: sign-ups, mails, codes. */
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { asBearer, credentials, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { atOnce, BEHIND_PROXY, deviceOf, inTurn, signIn } from "./attempts.ts";

const behindProxy = { budgets: BUDGETS, env: BEHIND_PROXY };

const post = (server: TestServer, path: string, body: object, headers: Record<string, string> = {}) =>
  postJson(`${server.url}/api/auth${path}`, body, headers);
const allowed = (statuses: readonly number[]): number => statuses.filter((status) => status !== 429).length;

describe("signing up", () => {
  test("is possible thirty times an hour from one network, and the answer says how often yet", async () => {
    await using server = await startTestServer({
      ...behindProxy,
      budgets: { ...BUDGETS, signUp: { ...BUDGETS.signUp, points: 3 } },
    });
    const attempt = (from: string) =>
      post(
        server,
        "/sign-up/email",
        { email: newEmail(), password: "correct horse battery", name: "Ada" },
        { "x-forwarded-for": from },
      );
    const first = await attempt("203.0.113.1");
    expect(first.status).toBe(200);
    expect(first.headers.get("ratelimit-policy")).toContain('"sign-up";q=3;w=3600');
    expect(first.headers.get("ratelimit")).toMatch(/"sign-up";r=2;t=3600$/);
    expect(await inTurn(3, () => attempt("203.0.113.1"))).toEqual([200, 200, 429]);
    expect((await attempt("203.0.113.2")).status).toBe(200);
  });

  test("with one address is possible ten times an hour, whoever names it", async () => {
    await using server = await startTestServer(behindProxy);
    const email = newEmail();
    const attempt = (time: number) =>
      post(
        server,
        "/sign-up/email",
        { email, password: "correct horse battery", name: "Ada" },
        { "x-forwarded-for": `203.0.113.${time}` },
      );
    expect(allowed(await inTurn(12, attempt))).toBe(10);
  });
});

describe("invitations", () => {
  test("are limited for a session, and for all sessions of a network together", async () => {
    const { invite, inviteNetwork } = BUDGETS;
    await using server = await startTestServer({
      ...behindProxy,
      budgets: {
        ...BUDGETS,
        invite: { ...invite, points: 2 },
        inviteNetwork: { ...inviteNetwork, points: 3 },
      },
    });
    const owner = await signUp(server.url);
    const club = { name: "Club", slug: "club" };
    const created = await post(server, "/organization/create", club, asBearer(owner.bearer).headers);
    const { id: organizationId } = await created.json();
    const { email, password } = owner;
    const again = credentials(await signIn(server.url, { email, password }));
    const sendFrom = (bearer: string, from: string) => () =>
      post(
        server,
        "/organization/invite-member",
        { email: newEmail(), role: "member", organizationId },
        { ...asBearer(bearer).headers, "x-forwarded-for": from },
      );
    expect(await inTurn(3, sendFrom(owner.bearer, "203.0.113.1"))).toEqual([200, 200, 429]);
    expect(await inTurn(2, sendFrom(again.bearer, "203.0.113.1"))).toEqual([200, 429]);
    expect(await inTurn(1, sendFrom(again.bearer, "203.0.113.2"))).toEqual([200]);
  });
});

describe("mails to one address", () => {
  test("are five an hour, whatever they are and whoever asks for them, and whether there is such an account", async () => {
    await using server = await startTestServer(behindProxy);
    const { email } = await signUp(server.url);
    const kinds = [
      ["/request-password-reset", {}],
      ["/send-verification-email", {}],
      ["/sign-in/magic-link", {}],
      ["/email-otp/send-verification-otp", { type: "sign-in" }],
    ] as const;
    const ask = (address: string) => (time: number) => {
      const [path, more] = kinds[time % kinds.length] ?? kinds[0];
      return post(server, path, { email: address, ...more }, { "x-forwarded-for": `203.0.113.${time}` });
    };
    for (const address of [email, newEmail()]) {
      expect((await inTurn(7, ask(address))).map((status) => status === 429)).toEqual([
        ...Array.from({ length: 5 }, () => false),
        true,
        true,
      ]);
    }
  });

  test("cannot be used up for a device the owner knows, nor show strangers that others asked", async () => {
    await using server = await startTestServer(behindProxy);
    const { email, password } = await signUp(server.url);
    const cookie = deviceOf(await signIn(server.url, { email, password, from: "198.51.100.1" }));
    const ask = (from: string, headers: Record<string, string> = {}) =>
      post(server, "/request-password-reset", { email }, { "x-forwarded-for": from, ...headers });
    const last = await ask("203.0.113.1");
    expect(last.headers.get("ratelimit")).toMatch(/"mail-network";r=29/);
    expect(last.headers.get("ratelimit")).not.toContain('"mail"');
    await inTurn(6, () => ask("203.0.113.1"));
    expect((await ask("198.51.100.1")).status).toBe(429);
    expect((await ask("198.51.100.1", { cookie })).status).toBe(200);
  });

  test("asked for from one network are thirty an hour", async () => {
    await using server = await startTestServer(behindProxy);
    const ask = () =>
      post(server, "/request-password-reset", { email: newEmail() }, { "x-forwarded-for": "203.0.113.1" });
    expect(allowed(await inTurn(33, ask))).toBe(30);
  });
});

describe("codes from a mail", () => {
  test("can be guessed ten times, wherever the guesses come from, and also twenty at once", async () => {
    await using server = await startTestServer(behindProxy);
    const { email } = await signUp(server.url);
    const guess = (time: number) =>
      post(
        server,
        "/sign-in/email-otp",
        { email, otp: "000000" },
        { "x-forwarded-for": `203.0.113.${time}` },
      );
    expect(allowed(await atOnce(20, guess))).toBe(10);
  });
});

describe("a password asked for again", () => {
  test("can be guessed five times by whoever holds the session, from wherever", async () => {
    await using server = await startTestServer(behindProxy);
    const { bearer, password } = await signUp(server.url);
    const guess = (currentPassword: string, from: string) =>
      post(
        server,
        "/change-password",
        { currentPassword, newPassword: "another horse battery" },
        { authorization: `Bearer ${bearer}`, "x-forwarded-for": from },
      );
    expect(allowed(await inTurn(7, (time) => guess("wrong password", `203.0.113.${time}`)))).toBe(5);
    expect((await guess(password, "203.0.113.99")).status).toBe(429);
  });
});
