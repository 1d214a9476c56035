/** Private halves in a database: none can be read there, and all can be sealed anew under another key-encryption key. */
import { createPrivateKey } from "node:crypto";
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { StartupError } from "../../src/errors.ts";
import { rewrapKeys } from "../../src/keys/rewrap.ts";
import { checkSeals } from "../../src/keys/seal-check.ts";
import { UnsealError } from "../../src/keys/sealing.ts";
import { jwksOf, kidOf, kidsOf, revoke, tablesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { runKeyturn } from "../support/process.ts";
import { connectTo, ONE, sealerOf, TWO } from "../support/seals.ts";
import { startTestServer, TEST_SECRETS, type TestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const WRONG_ONE = `1:${Buffer.alloc(32, 9).toString("base64")}`;

const start = (database: TestDatabase, KEY_ENCRYPTION_KEYS: string = ONE) =>
  startTestServer({ database, env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA", KEY_ENCRYPTION_KEYS } });

const keyturn = ({ url }: TestDatabase, args: readonly string[], KEY_ENCRYPTION_KEYS: string) =>
  runKeyturn(args, { DATABASE_URL: url, ...TEST_SECRETS, KEY_ALGORITHMS: "EdDSA", KEY_ENCRYPTION_KEYS });

const rotateAtOnce = ({ url }: TestServer, bearer: string) =>
  postJson(`${url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);

/** Every private number there is in the database, in every way it could have been written down. */
async function secretsIn({ sql }: TestDatabase): Promise<string[]> {
  const rows =
    await sql`select kid, sealed_private_key from signing_key where sealed_private_key is not null`;
  return rows.flatMap((row) => {
    const der = sealerOf(ONE).unseal(String(row["kid"]), String(row["sealed_private_key"]));
    const { d, p, q, dp, dq, qi } = createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({
      format: "jwk",
    });
    const numbers = [d, p, q, dp, dq, qi].flatMap((text) =>
      text === undefined ? [] : [Buffer.from(text, "base64url")],
    );
    return [der, ...numbers].flatMap((secret) => [
      secret.toString("base64").replace(/=+$/, ""),
      secret.toString("base64url"),
      secret.toString("hex"),
      [...secret].join(","),
    ]);
  });
}

/** Every column of every table, as text; byte strings are hex in it. */
async function dump({ sql }: TestDatabase): Promise<string> {
  const tables = await sql`select table_schema, table_name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const contents = await Promise.all(
    tables.map(
      ({ table_schema: schema, table_name: name }) => sql`select t::text from ${sql(schema)}.${sql(name)} t`,
    ),
  );
  return contents.flatMap((rows) => rows.map(({ t }) => String(t))).join("\n");
}

describe("a dump of the whole database", () => {
  test("holds no private half in any encoding, of any algorithm, whatever happened to the keys; nor does the log", async () => {
    await using server = await startTestServer({
      env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA,RS256,ES256", LOG_LEVEL: "trace" },
    });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const { database } = server;
    const secrets = await secretsIn(database);
    await tokenOf(server.url, bearer);
    await rotateAtOnce(server, bearer);
    await revoke(server, bearer, await kidOf(database, "signing", "RS256"));
    await revoke(server, bearer, await kidOf(database, "verifying", "ES256"));
    secrets.push(...(await secretsIn(database)));
    // EdDSA and ES256 have a number each and a DER, RS256 has six: 4 × 2 × (2 + 2 + 7), and those that came later.
    expect(new Set(secrets).size).toBeGreaterThan(88);
    const text = await dump(database);
    // What is looked through is all of it: kids, events, sessions and sealed keys are there.
    for (const part of [...(await kidsOf(server)), "key.revoked", bearer.split(".", 1)[0] ?? "?", ",v1."])
      expect(text).toContain(part);
    const all = text + server.log.join("");
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    for (const line of all.split("\n")) expect(line).not.toMatch(/PRIVATE KEY|"d" ?:/);
  });
});

describe("sealing anew", () => {
  test("moves every key to the first version, tokens and the JWKS stay, and the old version can be dropped", async () => {
    await using database = await createTestDatabase();
    await (await start(database))[Symbol.asyncDispose]();
    await expect(start(database, TWO)).rejects.toThrow("key-encryption key version 1 is missing");

    await using server = await start(database, `${TWO},${ONE}`);
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const [token, published] = [await tokenOf(server.url, bearer), await jwksOf(server)];
    const kids = await kidsOf(server);
    const first = await keyturn(database, ["keys", "rewrap"], `${TWO},${ONE}`);
    expect(first.code).toBe(0);
    expect(first.output.match(/v1 -> v2/g)).toHaveLength(2);
    expect(first.output).toContain(
      "every private key is sealed under version 2; other versions are not needed any more",
    );
    const list = await keyturn(database, ["keys", "list"], `${TWO},${ONE}`);
    expect(list.output.match(/ v2 /g)).toHaveLength(2);
    expect(list.output).not.toMatch(/ v1 /);

    expect(await jwksOf(server)).toEqual(published);
    const after = await tokenOf(server.url, bearer);
    for (const each of [token, after]) await jwtVerify(each, createLocalJWKSet(await jwksOf(server)));
    expect(decodeProtectedHeader(after).kid).toBe(decodeProtectedHeader(token).kid);

    const events =
      await database.sql`select target, actor, detail from audit_event where action = 'key.rewrapped' order by id`;
    expect(events.map(({ target }) => target)).toEqual(expect.arrayContaining(kids));
    expect(events).toHaveLength(2);
    for (const event of events) expect(event).toMatchObject({ actor: "cli", detail: { from: 1, to: 2 } });

    const before = await tablesOf(database);
    const second = await keyturn(database, ["keys", "rewrap"], `${TWO},${ONE}`);
    expect(second.code).toBe(0);
    expect(second.output.match(/already v2/g)).toHaveLength(2);
    expect(await tablesOf(database)).toEqual(before);

    await using alone = await start(database, TWO);
    await jwtVerify(await tokenOf(alone.url, bearer), createLocalJWKSet(published));
    const tooOld = start(database, ONE);
    await expect(tooOld).rejects.toThrow(StartupError);
    await expect(tooOld).rejects.toThrow("key-encryption key version 2 is missing");
  });

  test.each([
    ["rewrap", ["keys", "rewrap"], `${TWO},${WRONG_ONE}`, "version 1 is not the one that sealed key"],
    ["rewrap, with the old version left out,", ["keys", "rewrap"], TWO, "version 1 is missing"],
    ["rotate", ["keys", "rotate", "--emergency"], WRONG_ONE, "version 1 is not the one that sealed key"],
    ["revoke", ["keys", "revoke", "--yes", "--reason", "leaked"], TWO, "version 1 is missing"],
  ])(
    "%s with key-encryption keys that do not fit is refused, names the version and changes nothing",
    async (_, args, keys, said) => {
      await using server = await start(await createTestDatabase());
      await using database = server.database;
      const before = await tablesOf(database);
      const kid = args.includes("revoke") ? ["--", await kidOf(database, "signing")] : [];
      const { code, output } = await keyturn(database, [...args, ...kid], keys);
      expect(code).toBe(1);
      expect(output).toContain(said);
      expect(output).toContain("No key was changed");
      expect(output).not.toMatch(/    at |bug/);
      expect(await tablesOf(database)).toEqual(before);
    },
  );

  test("is all or nothing: where one key does not open, those before it stay as they were", async () => {
    await using database = await createTestDatabase();
    await using _server = await start(database);
    const { sql } = database;
    const [good] = await sql`select sealed_private_key as sealed from signing_key where state = 'announced'`;
    await sql`update signing_key set sealed_private_key = (select sealed_private_key from signing_key
      where state = 'signing'), announced_at = announced_at + interval '1 minute' where state = 'announced'`;
    const before = await tablesOf(database);
    await using connections = connectTo(database);
    const rewrap = () => rewrapKeys(connections.db, sealerOf(`${TWO},${ONE}`), { id: "somebody" });
    const attempt = rewrap();
    await expect(attempt).rejects.toThrow(UnsealError);
    await expect(attempt).rejects.toThrow(await kidOf(database, "announced"));
    await expect(checkSeals(connections.db, sealerOf(ONE))).rejects.toThrow(StartupError);
    expect(await tablesOf(database)).toEqual(before);
    await sql`update signing_key set sealed_private_key = ${good?.["sealed"]} where state = 'announced'`;
    await checkSeals(connections.db, sealerOf(ONE));
    const signing = await kidOf(database, "signing");
    expect((await rewrap())[0]).toEqual({ kid: signing, from: 1, to: 2 });
    expect(await rewrap()).toContainEqual({ kid: signing, from: 2, to: 2 });
    const events = await sql`select 1 from audit_event where action = 'key.rewrapped' and actor = 'somebody'`;
    expect(events).toHaveLength(2);
    // What is no matter of key-encryption keys is not taken for one.
    const broken = { ...sealerOf(TWO), unseal: () => expect.unreachable("out of order") };
    await expect(checkSeals(connections.db, broken)).rejects.toThrow("out of order");
  });
});

describe("a server that goes on with the old version alone after keys were sealed anew", () => {
  test("signs and publishes, also keys it cannot open, and stops only when one of those takes over", async () => {
    await using database = await createTestDatabase();
    await using old = await start(database, ONE);
    await using server = await start(database, `${TWO},${ONE}`);
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    expect((await keyturn(database, ["keys", "rewrap"], `${TWO},${ONE}`)).code).toBe(0);
    await old.server.services.ring.refresh();
    await jwtVerify(await tokenOf(old.url, bearer), createLocalJWKSet(await jwksOf(server)));

    const isLikeTheOther = () =>
      vi.waitFor(async () => expect(await jwksOf(old)).toEqual(await jwksOf(server)), { interval: 20 });
    // A key it has opened before takes over; one it never could is announced.
    await rotateAtOnce(server, bearer);
    await isLikeTheOther();
    const unknown = await kidOf(database, "announced");
    expect(await kidsOf(old)).toContain(unknown);
    expect(old.log.join("")).toContain("a signing key cannot be opened: this server turns no keys");
    const token = await tokenOf(old.url, bearer);
    expect(decodeProtectedHeader(token).kid).toBe(await kidOf(database, "signing"));
    expect((await fetch(`${old.url}/readyz`)).status).toBe(200);

    await rotateAtOnce(server, bearer);
    await isLikeTheOther();
    expect(await kidOf(database, "signing")).toBe(unknown);
    const refused = await fetch(`${old.url}/api/auth/token`, asBearer(bearer));
    expect(refused.status).toBe(503);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await fetch(`${old.url}/readyz`)).status).toBe(503);
    await jwtVerify(token, createLocalJWKSet(await jwksOf(old)));
    expect(decodeProtectedHeader(await tokenOf(server.url, bearer)).kid).toBe(unknown);
  });

  test("makes no key that servers with the new version alone could not open", async () => {
    await using database = await createTestDatabase();
    await using old = await start(database, ONE);
    expect((await keyturn(database, ["keys", "rewrap"], `${TWO},${ONE}`)).code).toBe(0);
    await using server = await start(database, TWO);
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await rotateAtOnce(old, bearer);
    const rows = await database.sql`select split_part(sealed_private_key, '.', 1) as version from signing_key
      where sealed_private_key is not null`;
    expect(new Set(rows.map(({ version }) => version))).toEqual(new Set(["v2"]));
    await server.server.services.ring.refresh();
    expect(server.log.join("")).not.toContain("cannot be opened");
  });
});
