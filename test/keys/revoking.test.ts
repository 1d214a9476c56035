/** Revocation over HTTP: what becomes of the key, of what it did, of its tokens, and of the other replicas. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { holdKeys, jwksOf, kidOf, kidsOf, revoke, statesOf, tablesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { openAdmin, type TestDatabase } from "../support/postgres.ts";
import { startTestServer, type TestServer, type TestServerOptions } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const start = ({ env, ...options }: TestServerOptions = {}) =>
  startTestServer({ ...options, env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA", ...env } });

const admin = ({ url }: TestServer) => signUp(url, { email: ADMIN_EMAIL });

const rotateAtOnce = ({ url }: TestServer, bearer: string) =>
  postJson(`${url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);

/** Within the second that the answer promises. */
const withinASecond = (assertion: () => Promise<void>) =>
  vi.waitFor(assertion, { timeout: 1_000, interval: 20 });

describe("revoking the key that signs", () => {
  test("has the standby sign at once and announces another, and says so", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    const [signing, standby] = [
      await kidOf(server.database, "signing"),
      await kidOf(server.database, "announced"),
    ];
    const { status, body } = await revoke(server, bearer, signing, { body: { reason: "  in a log " } });
    expect(status).toBe(200);
    expect(body).toEqual({
      kid: signing,
      alg: "EdDSA",
      was: "signing",
      revoked_at: expect.stringMatching(TIME),
      reason: "in a log",
      successor: {
        kid: standby,
        alg: "EdDSA",
        announced_at: expect.stringMatching(TIME),
        known_to_verifiers: false,
      },
      consequences: [
        "It is gone from the JWKS of every server that reaches the database within a second.",
        expect.stringMatching(/^Verifiers that hold the JWKS accept its tokens until they fetch it again/),
        expect.stringMatching(`^${standby} signs EdDSA tokens from now on, but it is public only since`),
      ],
    });
    expect(await statesOf(server.database)).toEqual(["EdDSA announced", "EdDSA revoked", "EdDSA signing"]);
    expect(decodeProtectedHeader(await tokenOf(server.url, bearer)).kid).toBe(standby);
    expect(await kidsOf(server)).toEqual([standby, await kidOf(server.database, "announced")]);
  });

  test("says of a standby that was public for the announce period that verifiers know it", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    await server.database
      .sql`update signing_key set announced_at = announced_at - interval '25 hours' where state = 'announced'`;
    const { body } = await revoke(server, bearer, await kidOf(server.database, "signing"));
    expect(body.successor.known_to_verifiers).toBe(true);
    expect(body.consequences.at(-1)).toContain("verifiers know it");
    const [activated] = await server.database
      .sql`select detail from audit_event where action = 'key.activated'`;
    expect(activated?.["detail"]).toMatchObject({ emergency: false });
  });

  test("erases its private half and records who did it, why, and what it was", async () => {
    await using server = await start();
    const { bearer, id } = await admin(server);
    const kid = await kidOf(server.database, "signing");
    const headers = { "x-request-id": "incident-4711" };
    const { body } = await revoke(server, bearer, kid, { headers });
    const { sql } = server.database;
    const [row] = await sql`select * from signing_key where kid = ${kid}`;
    expect(row).toMatchObject({
      sealed_private_key: null,
      revocation_reason: "leaked",
      revoked_at: new Date(body.revoked_at),
    });
    const events = await sql`select action, target, detail from audit_event
      where actor = ${id} and request_id = 'incident-4711' order by id`;
    expect(events).toEqual([
      { action: "key.revoked", target: kid, detail: { alg: "EdDSA", was: "signing", reason: "leaked" } },
      { action: "key.activated", target: body.successor.kid, detail: expect.anything() },
      {
        action: "key.announced",
        target: await kidOf(server.database, "announced"),
        detail: expect.anything(),
      },
    ]);
    const { keys } = await (await fetch(`${server.url}/admin/keys`, asBearer(bearer))).json();
    const listed = keys.find((key: { kid: string }) => key.kid === kid);
    expect(listed).toMatchObject({
      state: "revoked",
      revoked_at: body.revoked_at,
      revocation_reason: "leaked",
      sealed_under: null,
      next: null,
    });
    expect(listed.history.at(-1)).toMatchObject({
      action: "key.revoked",
      actor: id,
      request_id: "incident-4711",
    });
  });

  test("fails its tokens and not the new ones, on every replica within a second", async () => {
    await using server = await start();
    await using replica = await start({ database: server.database });
    const { bearer } = await admin(server);
    const kid = await kidOf(server.database, "signing");
    const old = [await tokenOf(server.url, bearer), await tokenOf(replica.url, bearer)];
    expect(old.map((token) => decodeProtectedHeader(token).kid)).toEqual([kid, kid]);
    const { body } = await revoke(server, bearer, kid);
    expect(await kidsOf(server)).not.toContain(kid);
    await withinASecond(async () => expect(await kidsOf(replica)).not.toContain(kid));
    for (const each of [server, replica]) {
      const keys = createLocalJWKSet(await jwksOf(each));
      for (const token of old)
        await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: "ERR_JWKS_NO_MATCHING_KEY" });
      const token = await tokenOf(each.url, bearer);
      expect(decodeProtectedHeader(token).kid).toBe(body.successor.kid);
      await jwtVerify(token, keys);
    }
  });

  test("reaches a replica that no notification reaches, by its poll, within a second as well", async () => {
    await using server = await start();
    await using replica = await start({ database: server.database });
    const { bearer } = await admin(server);
    const kid = await kidOf(server.database, "signing");
    for (const { server: running } of [server, replica]) {
      // All connections are open before none can be opened any more.
      await Promise.all(Array.from({ length: 4 }, () => running.services.ring.refresh()));
    }
    await using deaf = await deafen(server.database);
    const { status, body } = await revoke(server, bearer, kid);
    expect(status).toBe(200);
    await withinASecond(async () => {
      expect(await kidsOf(replica)).not.toContain(kid);
      expect(decodeProtectedHeader(await tokenOf(replica.url, bearer)).kid).toBe(body.successor.kid);
    });
    expect(await deaf.listeners()).toBe(0);
  });

  test("twice in a row, or a standby made for it, leaves an algorithm that goes on signing", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    for (const state of ["signing", "announced", "signing"]) {
      expect((await revoke(server, bearer, await kidOf(server.database, state))).status).toBe(200);
    }
    const states = await statesOf(server.database);
    expect(states).toEqual(["EdDSA announced", ...Array(3).fill("EdDSA revoked"), "EdDSA signing"]);
    await jwtVerify(await tokenOf(server.url, bearer), createLocalJWKSet(await jwksOf(server)));
  });

  test("and has no standby any more makes a key that signs at once, known to nobody", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    const { sql } = server.database;
    const kid = await kidOf(server.database, "signing");
    await using held = await holdKeys(server.database);
    const answer = revoke(server, bearer, kid);
    await held.waiting(1);
    await sql`delete from signing_key where state = 'announced'`;
    await held.release();
    const { successor } = (await answer).body;
    expect(successor.kid).toBe(await kidOf(server.database, "signing"));
    expect(successor.known_to_verifiers).toBe(false);
    expect(decodeProtectedHeader(await tokenOf(server.url, bearer)).kid).toBe(successor.kid);
    expect(await statesOf(server.database)).toEqual(["EdDSA announced", "EdDSA revoked", "EdDSA signing"]);
  });
});

describe("revoking a key that does not sign", () => {
  test("an announced one announces another in its place, and nothing else changes", async () => {
    await using server = await start();
    await using replica = await start({ database: server.database });
    const { bearer } = await admin(server);
    const [signing, standby] = [
      await kidOf(server.database, "signing"),
      await kidOf(server.database, "announced"),
    ];
    const { status, body } = await revoke(server, bearer, standby);
    expect({ status, body }).toMatchObject({ status: 200, body: { was: "announced", successor: null } });
    expect(body.consequences).toEqual([
      "It is gone from the JWKS of every server that reaches the database within a second.",
      `It had never signed. ${await kidOf(server.database, "announced")} is announced in its place.`,
    ]);
    const published = [signing, await kidOf(server.database, "announced")];
    expect(published).not.toContain(standby);
    expect(await kidOf(server.database, "signing")).toBe(signing);
    await withinASecond(async () => expect(await kidsOf(replica)).toEqual(published));
  });

  test("a verifying one fails its last tokens, and nothing else changes", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    const old = await tokenOf(server.url, bearer);
    await rotateAtOnce(server, bearer);
    const kid = await kidOf(server.database, "verifying");
    const others = (await kidsOf(server)).filter((each) => each !== kid);
    await jwtVerify(old, createLocalJWKSet(await jwksOf(server)));
    const { body } = await revoke(server, bearer, kid);
    expect(body).toMatchObject({ was: "verifying", successor: null });
    expect(body.consequences).toHaveLength(2);
    expect(await kidsOf(server)).toEqual(others);
    await expect(jwtVerify(old, createLocalJWKSet(await jwksOf(server)))).rejects.toMatchObject({
      code: "ERR_JWKS_NO_MATCHING_KEY",
    });
  });

  test("a retired one is on record, and verifiers see no difference", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    await rotateAtOnce(server, bearer);
    const kid = await kidOf(server.database, "verifying");
    await server.database.sql`update signing_key set retires_at = now() where kid = ${kid}`;
    await vi.waitFor(async () => expect(await kidOf(server.database, "retired")).toBe(kid), {
      timeout: 5_000,
    });
    await withinASecond(async () => expect(await kidsOf(server)).not.toContain(kid));
    const before = await jwksOf(server);
    const { body } = await revoke(server, bearer, kid);
    expect(body).toMatchObject({ was: "retired", successor: null });
    expect(body.consequences).toEqual(["It had left the JWKS already; verifiers see no difference."]);
    expect(await kidOf(server.database, "revoked")).toBe(kid);
    expect(await jwksOf(server)).toEqual(before);
  });
});

describe("a revocation asked for again", () => {
  test("answers with the time and the reason of the first, and changes nothing", async () => {
    await using server = await start();
    const { bearer } = await admin(server);
    const kid = await kidOf(server.database, "signing");
    const first = await revoke(server, bearer, kid);
    const before = await tablesOf(server.database);
    const again = await revoke(server, bearer, kid, { body: { reason: "to be sure" } });
    expect(again).toMatchObject({
      status: 200,
      body: {
        kid,
        was: "revoked",
        revoked_at: first.body.revoked_at,
        reason: "leaked",
        successor: null,
        consequences: [`It was revoked before, at ${first.body.revoked_at}; nothing was changed.`],
      },
    });
    expect(await tablesOf(server.database)).toEqual(before);
  });

  test("by twenty at once, of two replicas, happens once: one event, one successor, one time for all", async () => {
    await using server = await start();
    await using replica = await start({ database: server.database });
    const { bearer } = await admin(server);
    const kid = await kidOf(server.database, "signing");
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => revoke(index % 2 === 0 ? server : replica, bearer, kid)),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.revoked_at)).size).toBe(1);
    expect(answers.filter(({ body }) => body.successor !== null)).toHaveLength(1);
    expect(await statesOf(server.database)).toEqual(["EdDSA announced", "EdDSA revoked", "EdDSA signing"]);
    const events = await server.database.sql`select target from audit_event where action = 'key.revoked'`;
    expect(events).toEqual([{ target: kid }]);
  });
});

/** Cuts the connections on which servers listen, and lets nobody open another; the open ones go on. */
async function deafen({
  url,
  sql,
}: TestDatabase): Promise<{ listeners(): Promise<number> } & AsyncDisposable> {
  const name = new URL(url).pathname.slice(1);
  const elsewhere = new URL(url);
  elsewhere.pathname = "/postgres";
  const admin = openAdmin(elsewhere.href);
  await admin`alter database ${admin(name)} with allow_connections false`;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name} and query ilike 'listen%'`;
  return {
    listeners: async () =>
      (await sql`select 1 from pg_stat_activity where datname = current_database() and query ilike 'listen%'`)
        .length,
    async [Symbol.asyncDispose]() {
      await admin`alter database ${admin(name)} with allow_connections true`;
      await admin.end();
    },
  };
}
