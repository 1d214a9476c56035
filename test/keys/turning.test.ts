/** The ring against a real database: first boot, turning, racing, fencing, and what is left at rest. */
import {
  calculateJwkThumbprint,
  createLocalJWKSet,
  createRemoteJWKSet,
  decodeProtectedHeader,
  jwtVerify,
} from "jose";
import { describe, expect, test, vi } from "vitest";
import { StartupError } from "../../src/errors.ts";
import { holdKeys, jwksOf, kidOf, statesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { SHORT_PERIODS, startTestServer, type TestServer } from "../support/server.ts";

const ADMIN = { ADMIN_EMAIL: "admin@example.com" };

const rotate = async ({ url }: TestServer, bearer: string, body: object = {}) => {
  const response = await postJson(`${url}/admin/keys/rotate`, body, asBearer(bearer).headers);
  return { status: response.status, body: await response.json() };
};

/** The standby has been public for the announce period. */
const standbyIsSeasoned = ({ sql }: TestDatabase) =>
  vi.waitFor(
    async () => {
      const [row] =
        await sql`select max(announced_at) < now() - interval '2 seconds' as seasoned from signing_key where state = 'announced'`;
      expect(row?.["seasoned"]).toBe(true);
    },
    { timeout: 10_000, interval: 50 },
  );

describe("the first start", () => {
  test("makes one signing key and one standby for each algorithm, even when three servers start at once", async () => {
    await using database = await createTestDatabase({ empty: true });
    const servers = await Promise.all([1, 2, 3].map(() => startTestServer({ database })));
    await using stack = new AsyncDisposableStack();
    for (const server of servers) stack.use(server);
    expect(await statesOf(database)).toEqual([
      "EdDSA announced",
      "EdDSA signing",
      "RS256 announced",
      "RS256 signing",
    ]);
    const sets = await Promise.all(servers.map(jwksOf));
    expect(sets[1]).toEqual(sets[0]);
    expect(sets[2]).toEqual(sets[0]);
  });

  test("publishes keys any library can use: kid, alg and use on each, nothing private", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: "EdDSA,RS256,ES256" } });
    const { keys } = await jwksOf(server);
    expect(keys).toHaveLength(6);
    for (const key of keys) {
      expect(key).toMatchObject({
        kid: expect.stringMatching(/^[\w-]{43}$/),
        use: "sig",
        alg: expect.any(String),
      });
      for (const secret of ["d", "p", "q", "dp", "dq", "qi", "k"]) expect(key).not.toHaveProperty(secret);
    }
  });
});

describe("a kid", () => {
  test("is the RFC 7638 thumbprint of its key", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: "EdDSA,RS256,ES256" } });
    for (const key of (await jwksOf(server)).keys) expect(await calculateJwkThumbprint(key)).toBe(key.kid);
  });
});

describe("the JWKS", () => {
  test("may be cached for JWKS_MAX_AGE, by anybody, and is 304 for whoever has it", async () => {
    await using server = await startTestServer();
    const response = await fetch(`${server.url}/.well-known/jwks.json`, {
      headers: { origin: "https://anywhere.example" },
    });
    expect(response.headers.get("cache-control")).toBe(
      "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400",
    );
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    const etag = response.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]+"$/);
    for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, "*"]) {
      const again = await fetch(`${server.url}/.well-known/jwks.json`, { headers: { "if-none-match": tag } });
      expect(again.status).toBe(304);
    }
    const changed = await fetch(`${server.url}/.well-known/jwks.json`, {
      headers: { "if-none-match": '"other"' },
    });
    expect(changed.status).toBe(200);
  });
});

describe("a turn of the key", () => {
  test("asked for too early is scheduled for the earliest safe time; asked again it is the same time", async () => {
    await using server = await startTestServer({ env: ADMIN });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    const first = await rotate(server, bearer, { alg: "EdDSA" });
    expect(first.status).toBe(202);
    const [{ activates_at, done, alg }] = first.body.rotations;
    expect({ alg, done }).toEqual({ alg: "EdDSA", done: false });
    const [row] = await server.database.sql`
      select activates_at - announced_at = interval '24 hours' as safe from signing_key where alg = 'EdDSA' and state = 'announced'`;
    expect(row?.["safe"]).toBe(true);
    expect((await rotate(server, bearer, { alg: "EdDSA" })).body.rotations[0].activates_at).toBe(
      activates_at,
    );
  });

  test("leaves tokens from before and after verifiable, even by a verifier that fetched only before it", async () => {
    await using server = await startTestServer({ env: { ...ADMIN, ...SHORT_PERIODS } });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    const before = await tokenOf(server.url, bearer);
    await standbyIsSeasoned(server.database);
    const cached = createLocalJWKSet(await jwksOf(server));
    const { status, body } = await rotate(server, bearer);
    expect(status).toBe(200);
    expect(body.rotations.map(({ done }: { done: boolean }) => done)).toEqual([true, true]);
    const after = await tokenOf(server.url, bearer);
    expect(decodeProtectedHeader(after).kid).toBe(body.rotations[0].kid);
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid);
    const fetched = createRemoteJWKSet(new URL(`${server.url}/.well-known/jwks.json`));
    for (const token of [before, after]) {
      await jwtVerify(token, cached, { issuer: server.url });
      await jwtVerify(token, fetched, { issuer: server.url });
    }
  });

  test("erases the private half of the key that stops signing, and the database never holds one in the clear", async () => {
    await using server = await startTestServer({ env: { ...ADMIN, ...SHORT_PERIODS } });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    await standbyIsSeasoned(server.database);
    await rotate(server, bearer);
    const rows = await server.database
      .sql`select state, sealed_private_key, public_jwk::text as jwk from signing_key`;
    expect(rows.filter(({ state }) => state === "verifying")).toHaveLength(2);
    for (const { state, sealed_private_key: sealed, jwk } of rows) {
      if (state === "verifying") expect(sealed).toBeNull();
      else expect(sealed).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/);
      expect(jwk).not.toMatch(/"d"/);
    }
  });

  test("asked for by twenty at once happens once: everybody is told of the same key", async () => {
    await using server = await startTestServer({ env: { ...ADMIN, ...SHORT_PERIODS } });
    await using replica = await startTestServer({ env: SHORT_PERIODS, database: server.database });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    await standbyIsSeasoned(server.database);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        rotate(index % 2 === 0 ? server : replica, bearer, { alg: "EdDSA" }),
      ),
    );
    expect(new Set(answers.map(({ body }) => body.rotations[0].kid)).size).toBe(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect((await statesOf(server.database)).filter((state) => state === "EdDSA verifying")).toHaveLength(1);
  });

  test("asked for while a first request still waits is that turn: everybody is told of the same key", async () => {
    await using server = await startTestServer({ env: ADMIN });
    await using replica = await startTestServer({ database: server.database });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    const standby = await kidOf(server.database, "announced");
    const ask = (each: TestServer) => rotate(each, bearer, { alg: "EdDSA", emergency: true });
    await using held = await holdKeys(server.database);
    const first = ask(server);
    await held.waiting(1);
    const later = [server, replica, server, replica].map(ask);
    // Two at a time of each server; the others wait for those.
    await held.waiting(4);
    await held.release();
    for (const { status, body } of await Promise.all([first, ...later])) {
      expect(status).toBe(200);
      expect(body.rotations).toMatchObject([{ kid: standby, done: true }]);
    }
    expect((await statesOf(server.database)).filter((state) => state === "EdDSA verifying")).toHaveLength(1);
    expect((await ask(server)).body.rotations[0].kid).not.toBe(standby);
  });

  test("reaches the other replica by itself", async () => {
    await using server = await startTestServer({ env: { ...ADMIN, ...SHORT_PERIODS } });
    await using replica = await startTestServer({ env: SHORT_PERIODS, database: server.database });
    const { bearer } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    await standbyIsSeasoned(server.database);
    const { body } = await rotate(server, bearer);
    await vi.waitFor(
      async () => {
        expect(decodeProtectedHeader(await tokenOf(replica.url, bearer)).kid).toBe(body.rotations[0].kid);
        expect(await jwksOf(replica)).toEqual(await jwksOf(server));
      },
      { timeout: 2_000, interval: 20 },
    );
  });

  test("happens by itself when the rotation period is over, and retires the old key when its tokens are", async () => {
    await using server = await startTestServer({
      env: {
        ...SHORT_PERIODS,
        KEY_ROTATION_PERIOD: "2s",
        TOKEN_TTL: "1s",
        KEY_SNAPSHOT_MAX_AGE: "5s",
        KEY_ALGORITHMS: "EdDSA",
      },
    });
    const [first] = (await jwksOf(server)).keys;
    await vi.waitFor(async () => expect(await statesOf(server.database)).toContain("EdDSA retired"), {
      timeout: 20_000,
      interval: 100,
    });
    expect((await statesOf(server.database)).filter((state) => /signing|announced/.test(state))).toHaveLength(
      2,
    );
    await vi.waitFor(async () => expect((await jwksOf(server)).keys).not.toContainEqual(first), {
      timeout: 5_000,
    });
    const events = await server.database.sql`select action, actor from audit_event order by id`;
    expect(events.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["key.announced", "key.superseded", "key.activated", "key.retired"]),
    );
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set(["scheduler"]));
  });

  test("in an emergency does not wait, and the audit says so and who it was", async () => {
    await using server = await startTestServer({ env: ADMIN });
    const { bearer, id } = await signUp(server.url, { email: ADMIN.ADMIN_EMAIL });
    const { status } = await rotate(server, bearer, { alg: "RS256", emergency: true });
    expect(status).toBe(200);
    const [event] = await server.database
      .sql`select actor, target, detail, request_id from audit_event where action = 'key.activated'`;
    expect(event).toMatchObject({
      actor: id,
      detail: { alg: "RS256", emergency: true },
      request_id: expect.any(String),
    });
    const { keys } = await (await fetch(`${server.url}/admin/keys`, asBearer(bearer))).json();
    expect(keys.find(({ kid }: { kid: string }) => kid === event?.["target"]).history).toMatchObject([
      { action: "key.announced", actor: "scheduler", request_id: null },
      { action: "key.activated", actor: id, request_id: event?.["request_id"] },
    ]);
  });
});

describe("a server that can no longer read its keys", () => {
  test("stops signing with 503 and Retry-After, goes on publishing, and resumes by itself", async () => {
    await using server = await startTestServer({ env: { KEY_SNAPSHOT_MAX_AGE: "5s" } });
    const { bearer } = await signUp(server.url);
    const { sql } = server.database;
    const lock = await sql.reserve();
    await lock`begin`;
    await lock`lock table signing_key in access exclusive mode`;
    await vi.waitFor(
      async () => {
        const refused = await fetch(`${server.url}/api/auth/token`, asBearer(bearer));
        expect(refused.status).toBe(503);
        expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      },
      { timeout: 10_000, interval: 50 },
    );
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { keys: "stale" } });
    expect((await jwksOf(server)).keys).toHaveLength(4);
    await lock`commit`;
    lock.release();
    await vi.waitFor(async () => await tokenOf(server.url, bearer), { timeout: 10_000, interval: 50 });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });
});

describe("a wrong key-encryption key", () => {
  test.each([
    ["of another value", `1:${Buffer.alloc(32, 9).toString("base64")}`, "version 1 is not the one"],
    ["of another version", `2:${Buffer.alloc(32, 7).toString("base64")}`, "version 1 is missing"],
  ])("%s refuses the start, names the version and changes nothing", async (_, KEY_ENCRYPTION_KEYS, said) => {
    await using database = await createTestDatabase();
    await (await startTestServer({ database }))[Symbol.asyncDispose]();
    const before = await database.sql`select * from signing_key order by kid`;
    const refusal = startTestServer({ database, env: { KEY_ENCRYPTION_KEYS } });
    await expect(refusal).rejects.toThrow(StartupError);
    await expect(refusal).rejects.toThrow(said);
    expect(await database.sql`select * from signing_key order by kid`).toEqual(before);
  });
});
