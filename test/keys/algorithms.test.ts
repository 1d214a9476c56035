/** KEY_ALGORITHMS changes under a running installation. */
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { describe, expect, test, vi } from "vitest";
import { jwksOf, statesOf } from "../support/keys.ts";
import { signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { SHORT_PERIODS, startTestServer } from "../support/server.ts";

describe("a change of KEY_ALGORITHMS", () => {
  test("announces the new algorithm and goes on signing with the old one until it may be used", async () => {
    await using database = await createTestDatabase();
    await (await startTestServer({ database, env: { ...SHORT_PERIODS, KEY_ALGORITHMS: "EdDSA" } }))[
      Symbol.asyncDispose
    ]();
    await using server = await startTestServer({
      database,
      env: { ...SHORT_PERIODS, KEY_ALGORITHMS: "ES256" },
    });
    const { bearer } = await signUp(server.url);
    const algOf = async () => decodeProtectedHeader(await tokenOf(server.url, bearer)).alg;
    expect(await algOf()).toBe("EdDSA");
    expect(await statesOf(database)).toEqual(["ES256 announced", "EdDSA announced", "EdDSA signing"]);
    const old = await tokenOf(server.url, bearer);
    await vi.waitFor(async () => expect(await algOf()).toBe("ES256"), { timeout: 10_000, interval: 50 });
    await jwtVerify(old, createLocalJWKSet(await jwksOf(server)));
    await vi.waitFor(async () => expect(await statesOf(database)).toContain("EdDSA verifying"), {
      timeout: 10_000,
    });
  });
});

describe("replicas that disagree about KEY_ALGORITHMS", () => {
  test("do not announce and drop keys in turns", async () => {
    await using first = await startTestServer({ env: { KEY_ALGORITHMS: "EdDSA,RS256" } });
    await using second = await startTestServer({
      env: { KEY_ALGORITHMS: "EdDSA" },
      database: first.database,
    });
    for (const { server } of [first, second, first, second]) await server.services.ring.refresh();
    expect(await statesOf(first.database)).toEqual([
      "EdDSA announced",
      "EdDSA signing",
      "RS256 announced",
      "RS256 signing",
    ]);
  });
});
