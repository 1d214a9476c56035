/**
 * The connection of a turn dies at any of its statements, and with it the process that turned: all of it happened, or
 * nothing did. And a server whose connection dies goes on.
 */
import { createLocalJWKSet, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { jwksOf, kidOf, kidsOf, statesOf, tablesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { ready, runKeyturn, spawnKeyturn } from "../support/process.ts";
import { freePort, startTestServer, TEST_SECRETS } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const KEY_ALGORITHMS = "EdDSA";
/** Supersede or revoke, activate and announce, each with its event, and the commit. */
const WRITES = 7;

const environment = ({ url }: TestDatabase) => ({ DATABASE_URL: url, ...TEST_SECRETS, KEY_ALGORITHMS });

const keyturn = (database: TestDatabase, ...args: readonly string[]) =>
  runKeyturn(["keys", ...args], environment(database));

/** `at(n)` kills whoever makes the n-th write to keys or their audit from now on; the commit of a new key is one, too. */
async function layMines({ sql }: TestDatabase) {
  await sql`create table mine (write integer not null)`;
  // A sequence keeps its count when the transaction is lost.
  await sql`create sequence writes`;
  await sql.unsafe(`
    create function auth.step() returns trigger language plpgsql as $$
    begin
      if nextval('auth.writes') in (select write from auth.mine) then
        perform pg_terminate_backend(pg_backend_pid());
      end if;
      return new;
    end $$;
    create trigger step before insert or update on auth.signing_key
      for each row execute function auth.step();
    create trigger step before insert on auth.audit_event
      for each row execute function auth.step();
    create constraint trigger at_commit after insert on auth.signing_key
      deferrable initially deferred for each row execute function auth.step()`);
  return {
    async at(write: number) {
      await sql`delete from mine`;
      await sql`insert into mine values (${write})`;
      await sql`select setval('auth.writes', 1, false)`;
    },
    async writes(): Promise<number> {
      const [row] = await sql`select case when is_called then last_value else 0 end as made from writes`;
      return Number(row?.["made"]);
    },
  };
}

/** Kills a command at its first write, at its second, … and sees that it left no trace, until it gets through. */
async function crashEverywhere(database: TestDatabase, ...args: readonly string[]): Promise<void> {
  const mines = await layMines(database);
  const before = await tablesOf(database);
  for (let write = 1; write <= WRITES; write++) {
    await mines.at(write);
    expect((await keyturn(database, ...args)).code).not.toBe(0);
    expect(await mines.writes()).toBe(write);
    expect(await tablesOf(database), `after a crash at write ${write}`).toEqual(before);
  }
  await mines.at(WRITES + 1);
  expect((await keyturn(database, ...args)).code).toBe(0);
  expect(await mines.writes()).toBe(WRITES);
}

describe("a crash at any statement", () => {
  test("of a rotation leaves no trace, tokens go on, and asking again turns the key once", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS } });
    const { database } = server;
    const { bearer } = await signUp(server.url);
    const [signing, standby] = [await kidOf(database, "signing"), await kidOf(database, "announced")];
    const token = await tokenOf(server.url, bearer);
    await crashEverywhere(database, "rotate", "--emergency");
    expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing", "EdDSA verifying"]);
    expect(await kidOf(database, "signing")).toBe(standby);
    expect(await kidOf(database, "verifying")).toBe(signing);
    await vi.waitFor(async () => expect(await kidsOf(server)).toHaveLength(3), { interval: 20 });
    for (const each of [token, await tokenOf(server.url, bearer)])
      await jwtVerify(each, createLocalJWKSet(await jwksOf(server)));
  });

  test("of a revocation leaves the key where it was, and asking again takes it away, once", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS } });
    const { database } = server;
    const [signing, standby] = [await kidOf(database, "signing"), await kidOf(database, "announced")];
    await crashEverywhere(database, "revoke", "--yes", "--reason", "leaked", "--", signing);
    expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA revoked", "EdDSA signing"]);
    expect(await kidOf(database, "signing")).toBe(standby);
    expect(await kidOf(database, "revoked")).toBe(signing);
    await vi.waitFor(async () => expect(await kidsOf(server)).not.toContain(signing), { interval: 20 });
  });

  test("of the very first start leaves no key, and the next start makes them", async () => {
    await using database = await createTestDatabase();
    const mines = await layMines(database);
    const env = { ...environment(database), HOST: "localhost", PORT: String(await freePort()) };
    await mines.at(3);
    expect(await spawnKeyturn("main.ts", [], env).exit).not.toBe(0);
    expect(await tablesOf(database)).toEqual({ keys: [], events: [] });
    await using server = spawnKeyturn("main.ts", [], env);
    await ready(server);
    expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing"]);
  });

  test("of sealing anew leaves every key under the version it had", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS } });
    const { database } = server;
    const mines = await layMines(database);
    const before = await tablesOf(database);
    const env = {
      ...environment(database),
      KEY_ENCRYPTION_KEYS: `2:${Buffer.alloc(32, 2).toString("base64")},${TEST_SECRETS.KEY_ENCRYPTION_KEYS}`,
    };
    // The first key is sealed anew, the second is about to be.
    await mines.at(2);
    expect((await runKeyturn(["keys", "rewrap"], env)).code).not.toBe(0);
    expect(await tablesOf(database)).toEqual(before);
    expect((await runKeyturn(["keys", "rewrap"], env)).code).toBe(0);
    const rows = await database.sql`select sealed_private_key from signing_key`;
    for (const row of rows) expect(row["sealed_private_key"]).toMatch(/^v2\./);
  });
});

describe("a server whose connection dies in the middle of a turn", () => {
  test("answers 503, lives and signs on, and turns the key when asked again", async () => {
    await using database = await createTestDatabase();
    const port = await freePort();
    const url = `http://localhost:${port}`;
    await using server = spawnKeyturn("main.ts", [], {
      ...environment(database),
      ADMIN_EMAIL,
      HOST: "localhost",
      PORT: String(port),
    });
    await ready(server);
    const { bearer } = await signUp(url, { email: ADMIN_EMAIL });
    const mines = await layMines(database);
    const before = await tablesOf(database);
    const rotate = () =>
      postJson(`${url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers).then(
        ({ status }) => status,
        () => `no answer; the server said:\n${server.output()}`,
      );
    for (let write = 1; write <= WRITES; write++) {
      await mines.at(write);
      expect(await rotate(), `write ${write}`).toBe(503);
      expect(await tablesOf(database)).toEqual(before);
      await jwtVerify(await tokenOf(url, bearer), createLocalJWKSet(await jwksOf({ url })));
    }
    await mines.at(WRITES + 1);
    expect(await rotate()).toBe(200);
    expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing", "EdDSA verifying"]);
  });

  test("that is due makes it good by itself, without anybody asking", async () => {
    await using database = await createTestDatabase();
    const port = await freePort();
    await using server = spawnKeyturn("main.ts", [], {
      ...environment(database),
      HOST: "localhost",
      PORT: String(port),
    });
    await ready(server);
    const standby = await kidOf(database, "announced");
    const mines = await layMines(database);
    // The first write is the one that makes it due.
    await mines.at(4);
    await database.sql`update signing_key set activates_at = now() - interval '1 second' where kid = ${standby}`;
    await vi.waitFor(async () => expect(await kidOf(database, "signing"), server.output()).toBe(standby), {
      timeout: 5_000,
      interval: 50,
    });
    expect(await mines.writes()).toBeGreaterThan(WRITES);
    expect(await statesOf(database)).toEqual(["EdDSA announced", "EdDSA signing", "EdDSA verifying"]);
    const events = await database.sql`select action from audit_event where actor = 'scheduler' order by id`;
    expect(events.map(({ action }) => action).slice(2)).toEqual([
      "key.superseded",
      "key.activated",
      "key.announced",
    ]);
  });
});
