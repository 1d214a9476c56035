/** What one replica signs and publishes from memory, and what it does about rows it cannot make sense of. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { AppError } from "../../src/errors.ts";
import { createProbeToken } from "../../src/keys/probe-token.ts";
import { ALGORITHMS } from "../../src/settings.ts";
import { jwksOf, kidOf, kidsOf } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";

describe("a signature", () => {
  test("of each algorithm is verified by any library with what is published", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: ALGORITHMS.join(",") } });
    const { ring } = server.server.services;
    const keys = createLocalJWKSet(await jwksOf(server));
    for (const alg of ALGORITHMS) {
      const { payload, protectedHeader } = await jwtVerify(
        ring.sign({ said: alg }, { typ: "at+jwt", alg }),
        keys,
        {
          algorithms: [alg],
          typ: "at+jwt",
        },
      );
      expect(payload).toEqual({ said: alg });
      expect(protectedHeader).toEqual({
        alg,
        typ: "at+jwt",
        kid: await kidOf(server.database, "signing", alg),
      });
    }
    expect(decodeProtectedHeader(ring.sign({}, { typ: "JWT" })).alg).toBe(ALGORITHMS[0]);
    expect(ring.publicKeys()).toEqual((await jwksOf(server)).keys);
  });

  test("by an algorithm that has no key is refused with 503", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: "EdDSA" } });
    const { ring } = server.server.services;
    expect(() => ring.sign({}, { typ: "JWT", alg: "ES256" })).toThrow(AppError);
    expect(() => ring.sign({}, { typ: "JWT", alg: "ES256" })).toThrow("try again shortly");
  });

  test("on a probe is well-formed, and of a key that nobody publishes and nothing else is signed with", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: ALGORITHMS.join(",") } });
    const sizes = { EdDSA: 64, RS256: 256, ES256: 64 };
    for (const alg of ALGORITHMS) {
      const tokens = await Promise.all([1, 2].map(() => createProbeToken(alg, { sub: "keyturn-probe" })));
      const kids = tokens.map((token) => decodeProtectedHeader(token).kid);
      expect(new Set([...kids, ...(await kidsOf(server))]).size).toBe(2 + 6);
      for (const token of tokens) {
        const [, , signature = ""] = token.split(".");
        expect(Buffer.from(signature, "base64url")).toHaveLength(sizes[alg]);
        await expect(jwtVerify(token, createLocalJWKSet(await jwksOf(server)))).rejects.toMatchObject({
          code: "ERR_JWKS_NO_MATCHING_KEY",
        });
      }
    }
  });
});

describe("the clock of a replica", () => {
  test("is that of the database, also when the keys were slow to read", async () => {
    await using server = await startTestServer({ env: { KEY_ALGORITHMS: "EdDSA" } });
    const { ring } = server.server.services;
    const { sql } = server.database;
    const lag = async () => {
      const [row] = await sql`select extract(epoch from clock_timestamp()) * 1000 as now`;
      return Math.abs(Number(row?.["now"]) - ring.now());
    };
    expect(await lag()).toBeLessThan(250);
    const lock = await sql.reserve();
    await lock`begin`;
    await lock`lock table signing_key in access exclusive mode`;
    const refreshed = ring.refresh();
    await lock`select pg_sleep(1.2)`;
    await lock`commit`;
    lock.release();
    await refreshed;
    expect(await lag()).toBeLessThan(250);
  });
});

describe("a replica that signs tokens which live longer", () => {
  test("has every key stay public for as long, also those that another replica supersedes", async () => {
    await using server = await startTestServer({
      env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA", TOKEN_TTL: "5m" },
    });
    await using _longer = await startTestServer({
      database: server.database,
      env: { KEY_ALGORITHMS: "EdDSA", TOKEN_TTL: "2h" },
    });
    const { sql } = server.database;
    const prolonged = await sql`select target, actor, detail from audit_event where action = 'key.prolonged'`;
    // TOKEN_TTL + KEY_SNAPSHOT_MAX_AGE + CLOCK_SKEW.
    const verifyingPeriodMs = (2 * 3_600 + 30 + 60) * 1000;
    expect(prolonged).toHaveLength(2);
    expect(new Set(prolonged.map(({ target }) => target))).toEqual(new Set(await kidsOf(server)));
    for (const event of prolonged)
      expect(event).toMatchObject({ actor: "scheduler", detail: { alg: "EdDSA", verifyingPeriodMs } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await postJson(`${server.url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);
    const [row] = await sql`select extract(epoch from retires_at - superseded_at) * 1000 as period
      from signing_key where state = 'verifying'`;
    expect(Number(row?.["period"])).toBe(verifyingPeriodMs);
  });
});

describe("a row that makes no sense", () => {
  test.each([
    ["a state without its times", "superseded_at", "impossible state"],
    ["an algorithm of a later version", "alg", "algorithm this Keyturn does not know"],
  ])(
    "because of %s is reported, and what is known goes on for as long as it may",
    async (_, column, said) => {
      await using server = await startTestServer({ env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA" } });
      const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
      await postJson(`${server.url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);
      const { sql } = server.database;
      const published = await jwksOf(server);
      const kid = await kidOf(server.database, "verifying");
      const [row] = await sql`select * from signing_key where kid = ${kid}`;
      await sql`update signing_key set ${sql(column)} = ${column === "alg" ? "ML-DSA-44" : null} where kid = ${kid}`;
      await expect(server.server.services.ring.refresh()).rejects.toThrow(
        `signing_key ${kid} has an ${said}`,
      );
      await vi.waitFor(() => expect(server.log.join("")).toContain("the signing keys could not be read"), {
        timeout: 3_000,
        interval: 20,
      });
      await jwtVerify(await tokenOf(server.url, bearer), createLocalJWKSet(await jwksOf(server)));
      expect(await jwksOf(server)).toEqual(published);
      await sql`update signing_key set ${sql(column)} = ${row?.[column]} where kid = ${kid}`;
      await vi.waitFor(() => expect(server.log.join("")).toContain("the signing keys can be read again"), {
        timeout: 3_000,
        interval: 20,
      });
      expect(server.log.filter((line) => line.includes("could not be read"))).toHaveLength(1);
    },
  );
});
