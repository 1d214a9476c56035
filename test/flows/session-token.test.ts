/** From sign-up to a JWT that any library verifies: the main job. */

import { createVerifier } from "@keyturn/verifier";
import { JwtVerifier } from "aws-jwt-verify";
import { createAuthClient } from "better-auth/client";
import { jwtClient } from "better-auth/client/plugins";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { SESSION_CLAIM_NAMES } from "../../src/tokens/claims.ts";
import { asBearer, credentials, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

describe("a session JWT", () => {
  test("carries the user id as sub, the session id as sid and every documented claim", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url, { name: "Ada Lovelace" });
    const token = await tokenOf(server.url, person.bearer);
    const { payload, protectedHeader } = await jwtVerify(
      token,
      createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`)),
      { issuer: server.url, audience: server.url },
    );
    expect(protectedHeader).toEqual({ alg: "EdDSA", typ: "JWT", kid: expect.any(String) });
    expect(Object.keys(payload)).toEqual(
      SESSION_CLAIM_NAMES.filter((name) => !/^(?:act|org_\w+)$/.test(name)),
    );
    expect(payload).toMatchObject({
      iss: server.url,
      sub: person.id,
      aud: server.url,
      email: person.email,
      email_verified: false,
      name: "Ada Lovelace",
      roles: ["user"],
      permissions: [],
    });
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
    const [session] = await server.database.sql`select id, token from session where user_id = ${person.id}`;
    expect(payload["sid"]).toBe(session?.["id"]);
    expect(token).not.toContain(session?.["token"]);
  });

  test("is given for the cookie as for the bearer token, never to be stored by a cache", async () => {
    await using server = await startTestServer();
    const { bearer, cookie } = await signUp(server.url);
    for (const headers of [{ cookie }, { authorization: `Bearer ${bearer}` }]) {
      const response = await fetch(`${server.url}/api/auth/token`, { headers });
      expect(response.status).toBe(200);
      expect(response.headers.get("cache-control")).toBe("no-store");
    }
  });

  test("is verified by Keyturn's own verifier, by aws-jwt-verify and by jose", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: "RS256,EdDSA" } });
    const person = await signUp(server.url);
    const token = await tokenOf(server.url, person.bearer);
    const verifier = createVerifier({ issuer: server.url, audience: server.url });
    expect((await verifier.verify(token)).userId).toBe(person.id);
    verifier.close();

    const jwks = await (await fetch(`${server.url}/.well-known/jwks.json`)).json();
    const aws = JwtVerifier.create({
      issuer: server.url,
      audience: server.url,
      jwksUri: `${server.url}/.well-known/jwks.json`,
    });
    aws.cacheJwks(jwks);
    expect((await aws.verify(token)).sub).toBe(person.id);
    const keys = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
    expect((await jwtVerify(token, keys)).payload.sub).toBe(person.id);
  });

  test("is what the stock Better Auth client gets from token() and checks with jwks()", async () => {
    await using server = await startTestServer();
    const { bearer, id } = await signUp(server.url);
    const client = createAuthClient({
      baseURL: server.url,
      plugins: [jwtClient()],
      fetchOptions: { headers: { authorization: `Bearer ${bearer}` } },
    });
    const { data: session } = await client.getSession();
    expect(session?.user.id).toBe(id);
    const { data, error } = await client.token();
    expect(error).toBeNull();
    const { data: jwks } = await client.jwks();
    const kids = jwks?.keys.map(({ kid }) => kid);
    expect(kids).toContain(decodeProtectedHeader(data?.token ?? "").kid);
  });

  test("is refused to the client with a message it can show", async () => {
    await using server = await startTestServer();
    const client = createAuthClient({ baseURL: server.url, plugins: [jwtClient()] });
    const { error } = await client.token();
    expect(error).toMatchObject({
      status: 401,
      code: "unauthenticated",
      message: expect.stringContaining("Sign in"),
    });
  });

  test("is refused without a session, with a forged one and after sign-out: 401 that says how to authenticate", async () => {
    await using server = await startTestServer();
    const { bearer, cookie } = await signUp(server.url);
    const [unsigned = ""] = bearer.split(".");
    const attempts = [
      {},
      { authorization: `Bearer ${unsigned}` },
      { authorization: `Bearer ${bearer.slice(0, -6)}AAAAA=` },
      { authorization: "Bearer" },
      { authorization: `Bearer ${"x".repeat(5000)}.y` },
      { authorization: `Basic ${btoa("a:b")}` },
      { cookie: cookie.replace(/(.)%3D(?=;|$)/, (_, last) => `${last === "A" ? "Q" : "A"}%3D`) },
      { cookie: "better-auth.session_token=%E0%A4%A" },
      { authorization: "Bearer nonsense", cookie },
    ];
    for (const headers of attempts) {
      const response = await fetch(`${server.url}/api/auth/token`, { headers });
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toContain("Bearer");
      expect(response.headers.get("content-type")).toBe("application/problem+json");
    }
    await postJson(`${server.url}/api/auth/sign-out`, {}, { authorization: `Bearer ${bearer}` });
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status).toBe(401);
  });

  test("is refused once the session expired, and while the user is banned", async () => {
    await using server = await startTestServer();
    const { bearer, id } = await signUp(server.url);
    const { sql } = server.database;
    const status = async () => (await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status;
    await sql`update "user" set banned = true where id = ${id}`;
    expect(await status()).toBe(401);
    await sql`update "user" set ban_expires = now() + interval '1 hour' where id = ${id}`;
    expect(await status()).toBe(401);
    await sql`update "user" set ban_expires = now() - interval '1 second' where id = ${id}`;
    expect(await status()).toBe(200);
    await sql`update session set expires_at = now() - interval '1 second'`;
    expect(await status()).toBe(401);
  });

  test("is for TOKEN_AUDIENCE; a resource nobody registered is refused by name", async () => {
    await using server = await startTestServer({ env: { TOKEN_AUDIENCE: "https://api.example.com" } });
    const { bearer } = await signUp(server.url);
    const ask = (resource: string) =>
      fetch(`${server.url}/api/auth/token?resource=${encodeURIComponent(resource)}`, asBearer(bearer));
    const good = await ask("https://api.example.com");
    expect(good.status).toBe(200);
    const refused = await ask("https://other.example.com");
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({ code: "unknown_resource", errors: [{ field: "resource" }] });
  });

  test("is never larger than 4 KB: the refusal says what to shorten", async () => {
    await using server = await startTestServer();
    const { bearer, id } = await signUp(server.url);
    await server.database.sql`update "user" set name = ${"n".repeat(4000)} where id = ${id}`;
    const response = await fetch(`${server.url}/api/auth/token`, asBearer(bearer));
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: "token_too_large",
      detail: expect.stringContaining("Shorten the name"),
    });
  });

  test("comes after signing in again too, and each sign-in has its own sid", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const response = await postJson(`${server.url}/api/auth/sign-in/email`, person);
    const again = await tokenOf(server.url, credentials(response).bearer);
    const first = await tokenOf(server.url, person.bearer);
    expect(claimsOf(again)["sub"]).toBe(claimsOf(first)["sub"]);
    expect(claimsOf(again)["sid"]).not.toBe(claimsOf(first)["sid"]);
  });
});

const claimsOf = (token: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
