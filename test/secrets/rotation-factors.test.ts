/** A new secret and the second factor: challenges, authenticators and trusted devices outlive the change. */
import { describe, expect, test } from "vitest";
import { asBearer, credentials, type Person, postJson, signUp } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";
import { enableSecondFactor, totpOf } from "../support/totp.ts";

const OLD = "1:the-old-secret-of-the-tests-1-and-long-enough";
const NEW = "2:the-new-secret-of-the-tests-2-and-long-enough";

const start = (database: TestDatabase, secrets: string) =>
  startTestServer({ database, env: { BETTER_AUTH_SECRETS: secrets } });

const signIn = (url: string, { email, password }: Person, cookie = "") =>
  postJson(`${url}/api/auth/sign-in/email`, { email, password }, { cookie });

const answerChallenge = (url: string, code: string, cookie: string, trustDevice = false) =>
  postJson(`${url}/api/auth/two-factor/verify-totp`, { code, trustDevice }, { cookie });

/** Somebody with an authenticator, a device that is trusted, and a sign-in that waits for its code. */
async function begunUnderOld(database: TestDatabase) {
  await using server = await start(database, OLD);
  const { url } = server;
  const person = await signUp(url);
  const { uri } = await enableSecondFactor(url, person);
  const challenged = credentials(await signIn(url, person));
  const trusted = await answerChallenge(url, totpOf(uri), challenged.cookie, true);
  const cookies = credentials(trusted).cookie.split("; ");
  const trust = cookies.find((cookie) => cookie.includes("trust_device")) ?? "";
  return { person, uri, trust, waiting: credentials(await signIn(url, person)).cookie };
}

const wasAsked = async (answer: Response): Promise<boolean> => "twoFactorRedirect" in (await answer.json());

describe("after the secret was changed", () => {
  test("a sign-in that had begun is ended by its code, though authenticator and challenge are of the old one", async () => {
    await using database = await createTestDatabase();
    const { uri, waiting } = await begunUnderOld(database);
    await using server = await start(database, `${NEW},${OLD}`);
    // The code of now has been used.
    const answer = await answerChallenge(server.url, totpOf(uri, Date.now() + 30_000), waiting);
    expect(answer.status).toBe(200);
    const token = await fetch(`${server.url}/api/auth/token`, asBearer(credentials(answer).bearer));
    expect(token.status).toBe(200);
  });

  test("a trusted device is still not asked, renewed at any request or not; without the old secret only if it was", async () => {
    await using database = await createTestDatabase();
    const { person, trust } = await begunUnderOld(database);
    let renewed = "";
    {
      await using server = await start(database, `${NEW},${OLD}`);
      const seen = await fetch(`${server.url}/api/auth/get-session`, { headers: { cookie: trust } });
      renewed = credentials(seen).cookie;
      expect(renewed).toContain("trust_device");
      expect(await wasAsked(await signIn(server.url, person))).toBe(true);
    }
    await using server = await start(database, NEW);
    expect(await wasAsked(await signIn(server.url, person, trust))).toBe(true);
    expect(await wasAsked(await signIn(server.url, person, renewed))).toBe(false);
  });

  test("a trusted device may come straight to sign in", async () => {
    await using database = await createTestDatabase();
    const { person, trust } = await begunUnderOld(database);
    await using server = await start(database, `${NEW},${OLD}`);
    expect(await wasAsked(await signIn(server.url, person, trust))).toBe(false);
  });

  test("the database tells what is still encrypted under the old one", async () => {
    await using database = await createTestDatabase();
    await begunUnderOld(database);
    const { sql } = database;
    const [under1] =
      await sql`select count(*)::int from two_factor where secret like '$ba$1$%' or backup_codes like '$ba$1$%'`;
    const [under2] = await sql`select count(*)::int from two_factor where secret like '$ba$2$%'`;
    expect([under1?.["count"], under2?.["count"]]).toEqual([1, 0]);
  });
});
