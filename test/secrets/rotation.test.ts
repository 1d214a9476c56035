/** A new secret in front of `BETTER_AUTH_SECRETS`: nobody is signed out, and the old one can be dropped in the end. */
import { createHash, createHmac } from "node:crypto";
import { createAuthClient } from "better-auth/client";
import { symmetricDecrypt, symmetricEncrypt } from "better-auth/crypto";
import { describe, expect, test } from "vitest";
import { asBearer, credentials, newEmail, postJson, signUp } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const OLD = "the-old-secret-of-the-tests-1-and-long-enough";
const NEW = "the-new-secret-of-the-tests-2-and-long-enough";
const UNRELATED = "an-unrelated-secret-that-nobody-ever-configured";

const start = (database: TestDatabase, secrets: string, env: Record<string, string> = {}) =>
  startTestServer({ database, env: { ...env, BETTER_AUTH_SECRETS: secrets } });

/** What of the path a session opens: the stock client's get-session, a JWT, and an administrator's page. */
async function seen({ url }: TestServer, headers: Record<string, string>) {
  const client = createAuthClient({ baseURL: url, fetchOptions: { headers } });
  const { data, error } = await client.getSession();
  const [token, admin] = await Promise.all(
    ["/api/auth/token", "/admin/keys"].map(
      async (path) => (await fetch(`${url}${path}`, { headers })).status,
    ),
  );
  return { user: data?.user.id, error, token, admin };
}

const everything = (user: string) => ({ user, error: null, token: 200, admin: 200 });
const nothing = { user: undefined, error: null, token: 401, admin: 401 };

const bearerHeader = (bearer: string) => asBearer(bearer).headers;
const hmac = (secret: string, value: string) => createHmac("sha256", secret).update(value).digest();
const signedBy = (secret: string, value: string) =>
  encodeURIComponent(`${value}.${hmac(secret, value).toString("base64")}`);

/** An administrator who signed up while the old secret was the only one. */
async function signedUpUnderOld(database: TestDatabase) {
  const email = newEmail();
  await using server = await start(database, `1:${OLD}`, { ADMIN_EMAIL: email });
  return await signUp(server.url, { email });
}

describe("a session signed by a previous secret", () => {
  test("lives on for the stock client, for JWTs and for administrators, by cookie and by bearer", async () => {
    await using database = await createTestDatabase();
    const { id, cookie, bearer } = await signedUpUnderOld(database);
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    expect(await seen(server, { cookie })).toEqual(everything(id));
    expect(await seen(server, bearerHeader(bearer))).toEqual(everything(id));
    expect(await seen(server, bearerHeader(encodeURIComponent(bearer)))).toEqual(everything(id));
  });

  test.each(["/api/auth/get-session", "/api/auth/token", "/admin/keys"])(
    "is signed anew by %s, so that the old secret can go; what was not renewed goes with it",
    async (path) => {
      await using database = await createTestDatabase();
      const { id, cookie, bearer } = await signedUpUnderOld(database);
      let renewed = { bearer: "", cookie: "" };
      {
        await using server = await start(database, `2:${NEW},1:${OLD}`);
        const byCookie = await fetch(`${server.url}${path}`, { headers: { cookie } });
        const byBearer = await fetch(`${server.url}${path}`, asBearer(bearer));
        expect(byBearer.headers.getSetCookie()).toEqual([]);
        expect(byCookie.headers.get("cache-control")).toBe("no-store");
        renewed = { cookie: credentials(byCookie).cookie, bearer: credentials(byBearer).bearer };
        expect(await seen(server, { cookie: renewed.cookie })).toEqual(everything(id));

        const again = await fetch(`${server.url}${path}`, { headers: { cookie: renewed.cookie } });
        expect(again.headers.getSetCookie()).toEqual([]);
        const kept = await fetch(`${server.url}${path}`, asBearer(renewed.bearer));
        expect(kept.headers.get("set-auth-token")).toBeNull();
      }
      await using server = await start(database, `2:${NEW}`);
      expect(await seen(server, { cookie: renewed.cookie })).toEqual(everything(id));
      expect(await seen(server, bearerHeader(renewed.bearer))).toEqual(everything(id));
      expect(await seen(server, { cookie })).toEqual(nothing);
      expect(await seen(server, bearerHeader(bearer))).toEqual(nothing);
    },
  );

  test("can do what changes something, with a body, and its end is not taken back", async () => {
    await using database = await createTestDatabase();
    const { cookie, bearer } = await signedUpUnderOld(database);
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    const rename = await postJson(`${server.url}/api/auth/update-user`, { name: "Grace" }, { cookie });
    expect(rename.status).toBe(200);
    const [user] = await database.sql`select name from "user"`;
    expect(user?.["name"]).toBe("Grace");

    const end = await postJson(`${server.url}/api/auth/sign-out`, {}, { cookie });
    expect(end.headers.getSetCookie().filter((line) => !/=; Max-Age=0/.test(line))).toEqual([]);
    const after = await fetch(`${server.url}/api/auth/get-session`, asBearer(bearer));
    expect(await after.json()).toBeNull();
    expect(after.headers.get("set-auth-token")).toBeNull();
  });

  test.each(["http://localhost:4123", "https://auth.example.com"])(
    "at %s gets its cookie with the attributes it was first given, and ends with the browser if it did before",
    async (ISSUER) => {
      await using database = await createTestDatabase();
      const email = newEmail();
      const password = "correct horse battery";
      const listening = (server: TestServer) => server.server.url;
      const lines: { remembered: string[]; forgotten: string[] } = { remembered: [], forgotten: [] };
      {
        await using server = await start(database, `1:${OLD}`, { ISSUER });
        const url = listening(server);
        const up = await postJson(`${url}/api/auth/sign-up/email`, { email, password, name: "Ada" });
        lines.remembered = up.headers.getSetCookie();
        const once = { email, password, rememberMe: false };
        lines.forgotten = (await postJson(`${url}/api/auth/sign-in/email`, once)).headers.getSetCookie();
      }
      await using server = await start(database, `2:${NEW},1:${OLD}`, { ISSUER });
      for (const given of [lines.remembered, lines.forgotten].map(ofBetterAuth)) {
        const headers = { cookie: given.map((line) => line.split(";", 1)[0]).join("; ") };
        const renewed = await fetch(`${listening(server)}/api/auth/get-session`, { headers });
        expect(renewed.headers.getSetCookie().map(shape).toSorted()).toEqual(given.map(shape).toSorted());
        expect(renewed.headers.getSetCookie()).not.toEqual(given);
      }
      const ended = lines.forgotten.filter((line) =>
        /better-auth\.(?:session_token|dont_remember)=/.test(line),
      );
      expect(ended.length).toBe(2);
      expect(ended.join()).not.toContain("Max-Age");
    },
  );

  test("is known to a server that has the new secret second: replicas are restarted one after the other", async () => {
    await using database = await createTestDatabase();
    await using late = await start(database, `1:${OLD},2:${NEW}`);
    await using early = await start(database, `2:${NEW},1:${OLD}`);
    const { id, cookie } = await signUp(early.url);
    expect((await seen(late, { cookie })).user).toBe(id);
    const back = credentials(await fetch(`${late.url}/api/auth/get-session`, { headers: { cookie } }));
    expect((await seen(early, { cookie: back.cookie })).user).toBe(id);
  });
});

describe("what none of the secrets has signed", () => {
  test("is refused and never signed: another secret, another token, another signature, none at all", async () => {
    await using database = await createTestDatabase();
    const { bearer } = await signedUpUnderOld(database);
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    const token = bearer.slice(0, bearer.lastIndexOf("."));
    const mac = bearer.slice(bearer.lastIndexOf(".") + 1);
    for (const forged of [
      signedBy(UNRELATED, token),
      `${token.slice(0, -1)}${token.endsWith("a") ? "b" : "a"}.${mac}`,
      `${token}.${mac.startsWith("A") ? "B" : "A"}${mac.slice(1)}`,
      `${token}.`,
      token,
      `.${mac}`,
      "%E0%A4%A.x",
    ]) {
      for (const headers of [bearerHeader(forged), { cookie: `better-auth.session_token=${forged}` }]) {
        expect(await seen(server, headers), forged).toEqual(nothing);
        const response = await fetch(`${server.url}/api/auth/get-session`, { headers });
        expect(response.headers.get("set-auth-token")).toBeNull();
        for (const line of response.headers.getSetCookie()) expect(line).toContain("Max-Age=0");
      }
    }
  });

  test("stays the first of two cookies with one name: a good one behind it does not count", async () => {
    await using database = await createTestDatabase();
    const { cookie } = await signedUpUnderOld(database);
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    const headers = { cookie: `better-auth.session_token=forged.forged; ${cookie}` };
    expect(await seen(server, headers)).toEqual(nothing);
  });
});

describe("a link in a mail", () => {
  test("signed by a previous secret still proves the address; one signed by another does not", async () => {
    await using database = await createTestDatabase();
    const { email } = await signedUpUnderOld(database);
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    const visit = (secret: string, lifetime = 60) =>
      fetch(`${server.url}/api/auth/verify-email?token=${jwt(secret, { email }, lifetime)}`);
    const verified = async () =>
      (await database.sql`select email_verified from "user"`)[0]?.["email_verified"];

    expect((await visit(UNRELATED)).status).toBe(401);
    expect((await visit(OLD, -60)).status).toBe(401);
    expect(await verified()).toBe(false);
    expect((await visit(OLD)).status).toBe(200);
    expect(await verified()).toBe(true);
  });
});

describe("another cookie of Better Auth's", () => {
  test.each([
    ["session_token_multi-abc", "; Max-Age=604800"],
    ["admin_session", "; Max-Age=604800"],
    ["dont_remember", ""],
  ])("%s is signed anew for as long as it was first given", async (name, lifetime) => {
    await using server = await startTestServer({ env: { BETTER_AUTH_SECRETS: `2:${NEW},1:${OLD}` } });
    const answered = async (secret: string, path = "get-session") =>
      (
        await fetch(`${server.url}/api/auth/${path}`, {
          headers: {
            cookie: `better-auth.${name}=${signedBy(secret, "value")}; theirs=${signedBy(OLD, "value")}`,
          },
        })
      ).headers.getSetCookie();
    expect(await answered(OLD)).toEqual([
      `better-auth.${name}=${signedBy(NEW, "value")}${lifetime}; Path=/; HttpOnly; SameSite=Lax`,
    ]);
    for (const secret of [NEW, UNRELATED]) expect(await answered(secret)).toEqual([]);
    expect(await answered(OLD, "no-such-path"), "a refusal says nothing more").toEqual([]);
  });

  test.each(["two_factor", "state", "better-auth-passkey"])(
    "%s, which lives for minutes, is left to end by itself",
    async (name) => {
      await using server = await startTestServer({ env: { BETTER_AUTH_SECRETS: `2:${NEW},1:${OLD}` } });
      const headers = { cookie: `better-auth.${name}=${signedBy(OLD, "value")}` };
      const response = await fetch(`${server.url}/api/auth/get-session`, { headers });
      expect(response.headers.getSetCookie()).toEqual([]);
    },
  );
});

describe("what Better Auth encrypts", () => {
  test("carries the version of its secret, opens while that is in the list, and not without it", async () => {
    const under = (...versions: [number, string][]) => ({
      keys: new Map(versions),
      currentVersion: versions[0]?.[0] ?? 0,
    });
    const data = await symmetricEncrypt({ key: under([1, OLD]), data: "a second factor" });
    expect(data).toMatch(/^\$ba\$1\$/);
    expect(await symmetricDecrypt({ key: under([2, NEW], [1, OLD]), data })).toBe("a second factor");
    await expect(symmetricDecrypt({ key: under([2, NEW]), data })).rejects.toThrow("version 1");
  });
});

describe("a trusted device", () => {
  test("is signed anew inside and out while its owner trusts it, and not when nobody does", async () => {
    await using database = await createTestDatabase();
    const { id } = await signedUpUnderOld(database);
    const identifier = "trust-device-0123456789abcdef0123456789abcdef";
    const trust = (secret: string, user: string) =>
      `${hmac(secret, `${user}!${identifier}`).toString("base64url")}!${identifier}`;
    await using server = await start(database, `2:${NEW},1:${OLD}`);
    const renewed = async (inner: string) => {
      const headers = { cookie: `better-auth.trust_device=${signedBy(OLD, inner)}` };
      return (await fetch(`${server.url}/api/auth/get-session`, { headers })).headers.getSetCookie();
    };

    expect(await renewed(trust(OLD, id))).toEqual([]);
    await database.sql`
      insert into verification (id, identifier, value, expires_at)
      values (gen_random_uuid(), ${createHash("sha256").update(identifier).digest("base64url")}, ${id}, now() + interval '1 day')`;
    expect(await renewed(trust(OLD, id))).toEqual([
      `better-auth.trust_device=${signedBy(NEW, trust(NEW, id))}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax`,
    ]);
    expect(await renewed(trust(OLD, "somebody-else"))).toEqual([]);
    expect(await renewed(trust(UNRELATED, id))).toEqual([]);
  });
});

const ofBetterAuth = (lines: readonly string[]) => lines.filter((line) => line.includes("better-auth."));

/** A cookie without its value: name and attributes, in no order. */
const shape = (line: string): string => {
  const [pair = "", ...attributes] = line.split("; ");
  return [pair.split("=", 1)[0], ...attributes.toSorted()].join("; ");
};

function jwt(secret: string, claims: object, lifetime: number): string {
  const now = Math.floor(Date.now() / 1000);
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const unsigned = `${encode({ alg: "HS256" })}.${encode({ ...claims, iat: now - 120, exp: now + lifetime })}`;
  return `${unsigned}.${hmac(secret, unsigned).toString("base64url")}`;
}
