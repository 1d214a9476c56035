/** Whoever is somebody for the engine is that somebody for what stands before it, however the request is written. */
import { once } from "node:events";
import { request } from "node:http";
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { startAdministered } from "../support/admin.ts";
import { asBearer, credentials, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { totpOf } from "../support/totp.ts";
import { inTurn, times } from "./attempts.ts";

type Headings = readonly (readonly [name: string, value: string])[];

/** With each header as often as it is given, which `fetch` cannot. */
async function post(url: string, body: object, headers: Headings): Promise<number> {
  const sending = request(url, {
    method: "POST",
    headers: ["host", new URL(url).host, "content-type", "application/json", ...headers.flat()],
  });
  sending.end(JSON.stringify(body));
  const [response] = await once(sending, "response");
  response.resume();
  await once(response, "end");
  return Number(response.statusCode);
}

const cookieNamed = (cookie: string, name: string): string =>
  cookie.split("; ").find((pair) => pair.startsWith(`${name}=`)) ?? "";
const quoted = (pair: string): string => pair.replace(/=(.*)$/, '="$1"');

/** Ways to write a session so that two readers could take it for two different ones. */
const spellings = (cookie: string, otherBearer: string) => {
  const session = cookieNamed(cookie, "better-auth.session_token");
  return {
    "a cookie in quotes": [["cookie", quoted(session)]],
    "a cookie beside a bearer token that does not hold": [
      ["cookie", session],
      ["authorization", "Bearer nothing"],
    ],
    "a cookie beside two bearer tokens": [
      ["cookie", session],
      ["authorization", `Bearer ${otherBearer}`],
      ["authorization", "Bearer nothing"],
    ],
    "a bearer token after a tab": [
      ["authorization", `Bearer \t${decodeURIComponent(session.slice(session.indexOf("=") + 1))}`],
    ],
  } as const satisfies Record<string, Headings>;
};

describe("the session of somebody who must say their password again", () => {
  test("has five wrong guesses, in whatever way it is sent", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const [victim, other] = [await signUp(server.url), await signUp(server.url)];
    const password = "a horse of the victim alone";
    const changed = await postJson(
      `${server.url}/api/auth/change-password`,
      { currentPassword: victim.password, newPassword: password },
      { cookie: victim.cookie },
    );
    expect(changed.status).toBe(200);
    const { cookie } = credentials(changed);
    const guess = (guessed: string, headers: Headings) =>
      post(`${server.url}/api/auth/verify-password`, { password: guessed }, headers);
    const plain = [["cookie", cookieNamed(cookie, "better-auth.session_token")]] as const;
    for (let time = 0; time < 5; time++) expect(await guess("wrong password", plain)).toBe(400);
    expect(await guess(password, plain)).toBe(429);
    for (const [name, headers] of Object.entries(spellings(cookie, other.bearer))) {
      expect(await guess(password, headers), name).not.toBe(200);
    }
  });

  test("changes nothing if it is an impersonation, in whatever way it is sent", async () => {
    await using server = await startAdministered();
    const [person, other] = [await signUp(server.url), await signUp(server.url)];
    const { body } = await server.send("POST", `users/${person.id}/impersonate`);
    const cookie = `better-auth.session_token=${encodeURIComponent(body.session_token)}`;
    for (const headers of Object.values(spellings(cookie, other.bearer))) {
      await post(`${server.url}/api/auth/update-user`, { name: "Eve" }, headers);
    }
    const [row] = await server.database.sql`select name from "user" where id = ${person.id}`;
    expect(row?.["name"]).toBe("Ada");
  });
});

describe("a second factor", () => {
  test("has its ten wrong codes, also where its cookie is in quotes", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const person = await signUp(server.url);
    const { headers } = asBearer(person.bearer);
    const enabling = await postJson(
      `${server.url}/api/auth/two-factor/enable`,
      { password: person.password },
      headers,
    );
    const code = totpOf((await enabling.json()).totpURI);
    await postJson(`${server.url}/api/auth/two-factor/verify-totp`, { code }, headers);
    const guess = async () => {
      const { email, password } = person;
      const asked = await postJson(`${server.url}/api/auth/sign-in/email`, { email, password });
      const cookie = quoted(cookieNamed(credentials(asked).cookie, "better-auth.two_factor"));
      return postJson(`${server.url}/api/auth/two-factor/verify-backup-code`, { code: "x" }, { cookie });
    };
    expect(await inTurn(10, guess)).toEqual(times(10, 401));
    const refused = await guess();
    expect(await refused.json()).toMatchObject({ status: 429, code: "rate_limited" });
  });
});
