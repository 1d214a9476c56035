/** Signing up and in: what is stored, what is refused and how it is said. */
import { describe, expect, test } from "vitest";
import { credentials, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const PATH = "/api/auth/sign-up/email";
const good = () => ({ email: newEmail(), password: "correct horse battery", name: "Ada" });

describe("a person who signs up", () => {
  test("gets an Argon2id hash, a session of seven days and a cookie no script can read", async () => {
    await using server = await startTestServer();
    const body = good();
    const response = await postJson(server.url + PATH, body);
    expect(response.headers.get("set-cookie")).toMatch(/Max-Age=604800; Path=\/; HttpOnly; SameSite=Lax$/);
    const [row] = await server.database.sql`
      select password, ip_address, session.expires_at - now() > interval '6 days 23 hours' as week
      from account join session using (user_id)`;
    expect(row).toMatchObject({
      password: expect.stringMatching(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/),
      week: true,
    });
    expect(["127.0.0.1", "::1"]).toContain(row?.["ip_address"]);
  });

  test("gets a Secure cookie with the __Secure- prefix when the issuer is https", async () => {
    await using server = await startTestServer({ env: { ISSUER: "https://auth.example.com" } });
    const url = `http://localhost:${server.server.services.config.PORT}`;
    const response = await postJson(url + PATH, good());
    expect(response.headers.get("set-cookie")).toMatch(
      /^__Secure-better-auth\.session_token=.*; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(response.headers.get("strict-transport-security")).toContain("max-age=31536000");
    const { cookie } = credentials(response);
    expect((await fetch(`${url}/api/auth/token`, { headers: { cookie } })).status).toBe(200);
  });

  test("leaves neither password, nor token, nor cookie in the log, whatever goes wrong", async () => {
    await using server = await startTestServer({ env: { LOG_LEVEL: "trace" } });
    const body = { ...good(), password: "canary-password-1" };
    const response = await postJson(server.url + PATH, body);
    const { bearer } = credentials(response);
    await postJson(server.url + PATH, body);
    await postJson(`${server.url}/api/auth/sign-in/email`, { ...body, password: "canary-password-2" });
    await server.database.sql`alter table session rename to session_gone`;
    const broken = await fetch(`${server.url}/api/auth/get-session`, {
      headers: { authorization: `Bearer ${bearer}` },
    });
    expect(broken.status).toBe(500);
    const answer = await broken.text();
    const log = server.log.join("");
    expect(log).toContain("a request failed");
    for (const canary of ["canary-password", bearer, bearer.split(".")[0] ?? "", "$argon2id$"]) {
      expect(log).not.toContain(canary);
      expect(answer).not.toContain(canary);
    }
    expect(log).not.toMatch(/select "/i);
    expect(JSON.parse(answer)).toMatchObject({
      code: "internal",
      request_id: broken.headers.get("x-request-id"),
    });
    expect(answer).not.toMatch(/session_gone|relation|select/);
  });
});

describe("a sign-up", () => {
  test.each([
    ["without e-mail", { email: undefined }, "email"],
    ["with an e-mail that is none", { email: "nobody" }, "email"],
    ["with a number for a password", { password: 12345678 }, "password"],
    ["without a name", { name: undefined }, "name"],
    ["with a name of 201 characters", { name: "n".repeat(201) }, "name"],
    ["with a long name beside an empty `data`", { name: "n".repeat(201), data: {} }, "name"],
  ])("%s is refused naming the field, and nothing is written", async (_, change, field) => {
    await using server = await startTestServer();
    const response = await postJson(server.url + PATH, { ...good(), ...change });
    expect([400, 422]).toContain(response.status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({
      errors: expect.arrayContaining([{ field, detail: expect.any(String) }]),
      message: expect.any(String),
      request_id: expect.any(String),
    });
    expect(await server.database.sql`select 1 from "user"`).toHaveLength(0);
  });

  test.each([
    ["too short", "seven77", "PASSWORD_TOO_SHORT"],
    ["too long", "p".repeat(257), "PASSWORD_TOO_LONG"],
  ])("with a password %s is refused by name", async (_, password, code) => {
    await using server = await startTestServer();
    const response = await postJson(server.url + PATH, { ...good(), password });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code, errors: [{ field: "password" }] });
  });

  test("with an e-mail already taken is 422 and changes nothing, also when two race for it", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const again = await postJson(server.url + PATH, { ...good(), email: email.toUpperCase(), name: "Eve" });
    expect(again.status).toBe(422);
    expect(await server.database.sql`select name from "user"`).toEqual([{ name: "Ada" }]);
    const raced = newEmail();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => postJson(server.url + PATH, { ...good(), email: raced })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
      200, 422, 422, 422, 422, 422, 422, 422,
    ]);
    expect(
      await server.database
        .sql`select 1 from account join "user" on user_id = "user".id where email = ${raced}`,
    ).toHaveLength(1);
  });

  test("is answered at the same beat of a clock, whether the e-mail is taken or not", async () => {
    await using server = await startTestServer();
    const signUpAt = async (email: string) => {
      const start = performance.now();
      const { status } = await postJson(server.url + PATH, { ...good(), email });
      return { status, ms: performance.now() - start };
    };
    const email = newEmail();
    const [free, taken] = [await signUpAt(email), await signUpAt(email)];
    expect([free.status, taken.status]).toEqual([200, 422]);
    expect(Math.min(free.ms, taken.ms)).toBeGreaterThanOrEqual(195);
  });

  test("that is not JSON is 400, of another type 415, over a megabyte 413, and the server lives on", async () => {
    await using server = await startTestServer();
    const send = (body: string, type = "application/json") =>
      fetch(server.url + PATH, { method: "POST", headers: { "content-type": type }, body });
    expect((await send('{"email":')).status).toBe(400);
    expect((await send("<xml/>", "text/xml")).status).toBe(415);
    expect((await send(JSON.stringify({ ...good(), name: "n".repeat(1_000_000) }))).status).toBe(413);
    for (const response of [await send("null"), await send("[]"), await send('"text"'), await send("")]) {
      expect(response.status).toBe(400);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
    await signUp(server.url);
  });
});

describe("a sign-in", () => {
  test("answers an unknown person and a wrong password alike, at the same beat of a clock", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const attempt = async (address: string) => {
      const start = performance.now();
      const response = await postJson(`${server.url}/api/auth/sign-in/email`, {
        email: address,
        password: "wrong password",
      });
      const { request_id: _, ...body } = await response.json();
      return { ms: performance.now() - start, status: response.status, body };
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 9; round++) {
      const one = await attempt(email);
      const other = await attempt(newEmail());
      expect(one.status).toBe(401);
      expect(other).toMatchObject({ status: 401, body: one.body });
      known.push(one.ms);
      unknown.push(other.ms);
    }
    // All wait for the same beat of a clock, which leaves the work no say.
    expect(Math.min(...known, ...unknown)).toBeGreaterThanOrEqual(195);
    expect(median(known) / median(unknown)).toBeGreaterThan(0.5);
    expect(median(known) / median(unknown)).toBeLessThan(2);
  });

  test("of somebody banned is refused", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    await server.database.sql`update "user" set banned = true`;
    const response = await postJson(`${server.url}/api/auth/sign-in/email`, person);
    expect(response.status).toBe(403);
    expect((await response.json()).code).toBe("BANNED_USER");
  });
});

const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
