/** `POST /admin/keys/{kid}/revoke`: who may, what a wrong request is told, and that answers are as openapi.yaml says. */
import { readFileSync } from "node:fs";
import { decodeProtectedHeader } from "jose";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { jwksOf, kidOf, revoke, statesOf, tablesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const start = (env: Record<string, string> = {}) =>
  startTestServer({ env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA", ...env } });

interface Schema {
  readonly required: readonly string[];
  readonly properties: Record<
    string,
    { enum?: readonly string[]; oneOf?: readonly Schema[]; items?: Schema }
  >;
}
const { Revocation, Key }: { Revocation: Schema; Key: Schema } = parse(
  readFileSync(new URL("../../openapi.yaml", import.meta.url), "utf8"),
).components.schemas;

/** A member of the answer that the document leaves out, or the other way round, is a mistake. */
function expectMembers(answer: object, schema: Schema | undefined) {
  expect(Object.keys(answer).toSorted()).toEqual(Object.keys(schema?.properties ?? {}).toSorted());
  expect(schema?.required.toSorted()).toEqual(Object.keys(answer).toSorted());
}

describe("revoking a key", () => {
  test("is refused to strangers with 401 and to ordinary people with 403 naming the permission", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url);
    const kid = await kidOf(server.database, "signing");
    const before = await tablesOf(server.database);
    const path = `${server.url}/admin/keys/${kid}/revoke`;
    const stranger = await postJson(path, { reason: "leaked" });
    expect(stranger.status).toBe(401);
    expect(await stranger.json()).toMatchObject({ code: "unauthenticated" });
    const refused = await revoke(server, bearer, kid);
    expect(refused).toMatchObject({ status: 403, body: { code: "forbidden" } });
    expect(refused.body.detail).toContain("keys:revoke");
    expect(await tablesOf(server.database)).toEqual(before);
  });

  test("is refused to a page of another origin, whatever cookie comes along", async () => {
    await using server = await start();
    const { cookie } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(server.database, "signing");
    const path = `${server.url}/admin/keys/${kid}/revoke`;
    const send = async (origin: string) =>
      (await postJson(path, { reason: "leaked" }, { cookie, origin })).status;
    expect(await send("https://evil.example")).toBe(403);
    expect(await kidOf(server.database, "signing")).toBe(kid);
    expect(await send(server.url)).toBe(200);
  });

  test("that never was is 404, and the answer says which", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const before = await tablesOf(server.database);
    for (const kid of ["nobody", "%00", "..%2F..%2Frotate", "x".repeat(5_000)]) {
      const { status, body } = await revoke(server, bearer, kid);
      expect({ status, code: body.code }, kid).toEqual({ status: 404, code: "not_found" });
    }
    expect((await revoke(server, bearer, "nobody")).body.detail).toContain("nobody");
    expect(await tablesOf(server.database)).toEqual(before);
  });

  test("without a proper reason is 422 naming the field, without JSON 400, and changes nothing", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(server.database, "signing");
    const before = await tablesOf(server.database);
    const wrong: [unknown, string][] = [
      [{}, "reason"],
      [{ reason: "" }, "reason"],
      [{ reason: " \n\t " }, "reason"],
      [{ reason: "x".repeat(501) }, "reason"],
      [{ reason: 4711 }, "reason"],
      [{ reason: null }, "reason"],
      [{ reason: "leaked", force: true }, "body"],
      [["leaked"], "body"],
    ];
    for (const [body, field] of wrong) {
      const refused = await revoke(server, bearer, kid, { body });
      expect(refused, JSON.stringify(body)).toMatchObject({
        status: 422,
        body: { code: "invalid_request", errors: [{ field }] },
      });
    }
    const path = `${server.url}/admin/keys/${kid}/revoke`;
    const send = (body: string) => fetch(path, { method: "POST", body, ...asBearer(bearer) });
    const empty = await send("");
    expect(empty.status).toBe(422);
    expect(await empty.json()).toMatchObject({ errors: [{ field: "reason" }] });
    const form = await send("reason=leaked");
    expect(form.status).toBe(400);
    expect(await form.json()).toMatchObject({ code: "malformed_request" });
    expect(await tablesOf(server.database)).toEqual(before);
    expect((await revoke(server, bearer, kid, { body: { reason: "x".repeat(500) } })).status).toBe(200);
  });

  test("for a reason that no database can keep is refused with 422, not taken for a bug of ours", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(server.database, "signing");
    const { status, body } = await revoke(server, bearer, kid, { body: { reason: "lea\u0000ked" } });
    expect({ status, code: body.code }).toEqual({ status: 422, code: "invalid_request" });
    expect(await kidOf(server.database, "signing")).toBe(kid);
  });

  test("is answered, and listed afterwards, with the members openapi.yaml names and no others", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await postJson(`${server.url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);
    for (const state of ["signing", "announced", "verifying"]) {
      const kid = await kidOf(server.database, state);
      const { body } = await revoke(server, bearer, kid);
      expectMembers(body, Revocation);
      expect(Revocation.properties["was"]?.enum).toContain(body.was);
      if (body.successor !== null)
        expectMembers(body.successor, Revocation.properties["successor"]?.oneOf?.at(1));
    }
    const { keys } = await (await fetch(`${server.url}/admin/keys`, asBearer(bearer))).json();
    expect(keys).toHaveLength(5);
    for (const key of keys) {
      expectMembers(key, Key);
      expect(Key.properties["state"]?.enum).toContain(key.state);
      if (key.next !== null) expectMembers(key.next, Key.properties["next"]?.oneOf?.at(1));
      for (const event of key.history) expectMembers(event, Key.properties["history"]?.items);
    }
  });
});

describe("a JWT signed under a revoked key", () => {
  test("opens nothing where this server reads bearers, while the session it came from goes on", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const token = await tokenOf(server.url, bearer);
    const kid = decodeProtectedHeader(token).kid ?? "";
    expect((await revoke(server, bearer, kid)).status).toBe(200);
    expect((await jwksOf(server)).keys).not.toContainEqual(expect.objectContaining({ kid }));
    const standby = await kidOf(server.database, "announced");
    for (const path of ["/api/auth/token", "/admin/keys"]) {
      expect((await fetch(server.url + path, asBearer(token))).status, path).toBe(401);
      expect((await fetch(server.url + path, asBearer(bearer))).status, path).toBe(200);
    }
    expect((await revoke(server, token, standby)).status).toBe(401);
    expect(await kidOf(server.database, "announced")).toBe(standby);
  });
});

describe("the patience a revocation asks of people", () => {
  test("is as long as caches may really go on: fresh, then stale while they fetch, then in a verifier", async () => {
    await using server = await start({ JWKS_MAX_AGE: "5m", VERIFIER_CACHE_MAX_AGE: "10m" });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const { headers } = await fetch(`${server.url}/.well-known/jwks.json`);
    const seconds = (name: string) =>
      Number(new RegExp(`${name}=(\\d+)`).exec(headers.get("cache-control") ?? "")?.[1]);
    const minutes = (seconds("max-age") + seconds("stale-while-revalidate")) / 60 + 10;
    const { body } = await revoke(server, bearer, await kidOf(server.database, "signing"));
    expect(body.consequences[1]).toContain(`within ${minutes}m`);
  });
});

describe("the consequences of a revocation", () => {
  test("promise no other standby where the algorithm is leaving the configuration and gets none", async () => {
    await using database = await createTestDatabase();
    await (await startTestServer({ database, env: { KEY_ALGORITHMS: "RS256,EdDSA" } }))[
      Symbol.asyncDispose
    ]();
    await using server = await startTestServer({ database, env: { ADMIN_EMAIL, KEY_ALGORITHMS: "RS256" } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(database, "announced");
    const { body } = await revoke(server, bearer, kid);
    expect(body).toMatchObject({ kid, alg: "EdDSA", was: "announced" });
    expect(await statesOf(database)).not.toContain("EdDSA announced");
    expect(body.consequences.join(" ")).not.toContain("is announced in its place");
  });
});
