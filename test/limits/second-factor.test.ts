/** Guessing second factors, by whoever has the password already: counted for the account, not for the challenge. */
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { credentials, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { enableSecondFactor, totpOf } from "../support/totp.ts";
import { BEHIND_PROXY, deviceOf, inTurn, signIn, times } from "./attempts.ts";

const behindProxy = { budgets: BUDGETS, env: BEHIND_PROXY };

/** Signs up and turns the second factor on. */
async function withSecondFactor({
  url,
}: TestServer): Promise<Person & { totp: () => string; later: () => string; session: string }> {
  const person = await signUp(url);
  const { uri, bearer } = await enableSecondFactor(url, person);
  // Each signs in once.
  const later = () => totpOf(uri, Date.now() + 30_000);
  return { ...person, totp: () => totpOf(uri), later, session: bearer };
}

/** The cookie of a sign-in whose password was right. */
async function challenge({ url }: TestServer, { email, password }: Person, from: string): Promise<string> {
  const response = await signIn(url, { email, password, from });
  expect(response.status).toBe(200);
  return credentials(response).cookie;
}

const answer = (
  { url }: TestServer,
  code: string,
  headers: Record<string, string>,
  kind = "totp",
): Promise<Response> => postJson(`${url}/api/auth/two-factor/verify-${kind}`, { code }, headers);

const codeOf = async (response: Response): Promise<unknown> => (await response.json()).code;

describe("a second factor", () => {
  test("can be guessed ten times for one account, with however many challenges, from wherever, of whatever kind", async () => {
    await using server = await startTestServer(behindProxy);
    const victim = await withSecondFactor(server);
    const guess = async (time: number) => {
      const from = `203.0.113.${time}`;
      const cookie = await challenge(server, victim, from);
      return answer(
        server,
        "000000",
        { cookie, "x-forwarded-for": from },
        time % 2 === 0 ? "totp" : "backup-code",
      );
    };
    expect(await inTurn(10, guess)).toEqual(times(10, 401));
    const refused = await guess(11);
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("900");
    expect(await codeOf(refused)).toBe("rate_limited");
    const other = await withSecondFactor(server);
    expect(
      (await answer(server, other.totp(), { cookie: await challenge(server, other, "203.0.113.9") })).status,
    ).toBe(200);
  });

  test("of one account is not forgiven for what somebody else's session achieves beside its challenge", async () => {
    await using server = await startTestServer(behindProxy);
    const [victim, mallory] = [await withSecondFactor(server), await withSecondFactor(server)];
    const guess = async (time: number) => {
      const from = `203.0.113.${time}`;
      return answer(server, "000000", {
        cookie: await challenge(server, victim, from),
        "x-forwarded-for": from,
      });
    };
    expect(await inTurn(9, guess)).toEqual(times(9, 401));
    const both = {
      cookie: await challenge(server, victim, "203.0.113.9"),
      authorization: `Bearer ${mallory.session}`,
    };
    expect((await answer(server, mallory.totp(), both)).status).toBe(200);
    await guess(10);
    expect(await codeOf(await guess(11))).toBe("rate_limited");
  });

  test("guessed by others does not keep its owner out, who comes from a device of theirs", async () => {
    await using server = await startTestServer(behindProxy);
    const owner = await withSecondFactor(server);
    const before = { cookie: await challenge(server, owner, "198.51.100.7") };
    const device = deviceOf(await answer(server, owner.totp(), before));
    await inTurn(11, async (time) => {
      const from = `203.0.113.${time}`;
      const cookie = await challenge(server, owner, from);
      return answer(server, "000000", { cookie, "x-forwarded-for": from }, "backup-code");
    });
    const elsewhere = await challenge(server, owner, "198.51.100.8");
    expect((await answer(server, owner.later(), { cookie: elsewhere })).status).toBe(429);
    const cookie = `${await challenge(server, owner, "198.51.100.7")}; ${device}`;
    expect((await answer(server, owner.later(), { cookie })).status).toBe(200);
  });

  test("makes a device known when it is right, and not before", async () => {
    await using server = await startTestServer(behindProxy);
    const person = await withSecondFactor(server);
    const first = await signIn(server.url, person);
    expect(first.headers.getSetCookie().join()).not.toContain("keyturn.device");
    const second = await answer(server, person.totp(), { cookie: credentials(first).cookie });
    const cookie = deviceOf(second);
    await inTurn(6, () => signIn(server.url, { email: person.email }));
    expect((await signIn(server.url, person)).status).toBe(429);
    expect((await signIn(server.url, { ...person, cookie })).status).toBe(200);
  });
});
