/** The promise of the key ring, over random policies, clocks, crashes, rotations and stale replicas. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Key, type KeyPolicy, verifyingPeriod } from "../../src/keys/key.ts";
import { planRotation, planTransitions } from "../../src/keys/lifecycle.ts";
import { ALGORITHMS } from "../../src/settings.ts";
import { createKeyTable, type Step } from "./key-table.ts";

const policies: fc.Arbitrary<KeyPolicy> = fc
  .record({
    algorithms: fc.subarray([...ALGORITHMS], { minLength: 1 }),
    announcePeriod: fc.integer({ min: 1, max: 500 }),
    extraRotationPeriod: fc.integer({ min: 0, max: 2_000 }),
    snapshotMaxAge: fc.integer({ min: 1, max: 100 }),
    tokenTtl: fc.integer({ min: 1, max: 400 }),
    clockSkew: fc.integer({ min: 0, max: 50 }),
  })
  .map(({ algorithms: [first = "EdDSA", ...others], extraRotationPeriod, ...policy }) => ({
    ...policy,
    algorithms: [first, ...others],
    rotationPeriod: policy.announcePeriod + extraRotationPeriod,
  }));

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("wait" as const),
        ms: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 700 })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        do: fc.constant("approach" as const),
        offset: fc.integer({ min: -20, max: 20 }),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("sign" as const),
        alg: fc.constantFrom(...ALGORITHMS),
        snapshotAge: fc.integer({ min: 0, max: 100 }),
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("rotate" as const), emergency: fc.boolean() }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom("toggle" as const, "switch" as const),
        alg: fc.constantFrom(...ALGORITHMS),
      }),
    },
  ),
  { maxLength: 60 },
);

/** The scheduler looks, at once. */
const BEAT: Step = { do: "wait", ms: 0 };

describe("whatever happens to an installation", () => {
  test("every token's key is public from before it signs until the token has expired everywhere", () => {
    fc.assert(
      fc.property(policies, steps, (policy, happenings) => {
        const table = createKeyTable(policy);
        for (const step of happenings) table.take(step);
        table.settle();
        for (const { kid, issuedAt, expiresAt } of table.tokens) {
          const { publishedFrom, publishedUntil } = table.publication(kid);
          expect(publishedFrom).toBeLessThanOrEqual(issuedAt);
          expect(publishedUntil).toBeGreaterThanOrEqual(expiresAt + policy.clockSkew);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("no key signs before it was public for the announce period, the very first and emergencies aside", () => {
    fc.assert(
      fc.property(policies, steps, (policy, happenings) => {
        const table = createKeyTable(policy);
        for (const step of happenings) table.take(step);
        for (const { kid, issuedAt } of table.tokens) {
          const { publishedFrom, first, emergency } = table.publication(kid);
          if (!first && !emergency)
            expect(issuedAt - publishedFrom).toBeGreaterThanOrEqual(policy.announcePeriod);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("each algorithm has one signing key and one standby, and never two of either", () => {
    fc.assert(
      fc.property(policies, steps, (policy, happenings) => {
        const table = createKeyTable(policy);
        for (const step of happenings) {
          table.take(step);
          for (const alg of ALGORITHMS) {
            const count = (state: Key["state"]) =>
              table.keys().filter((key) => key.alg === alg && key.state === state).length;
            expect(count("signing")).toBeLessThanOrEqual(1);
            expect(count("announced")).toBeLessThanOrEqual(1);
            if (table.policy().algorithms.includes(alg)) expect(count("announced")).toBe(1);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  test("there is always a key to sign with, also while one algorithm takes over from another", () => {
    fc.assert(
      fc.property(policies, steps, (policy, happenings) => {
        const table = createKeyTable(policy);
        for (const step of happenings) {
          table.take(step);
          expect(table.defaultSigner()).toBeDefined();
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a plan", () => {
  test("applied leaves nothing to do but retirements already due", () => {
    fc.assert(
      fc.property(policies, steps, (policy, happenings) => {
        const table = createKeyTable(policy);
        for (const step of [...happenings, BEAT]) table.take(step);
        const left = planTransitions(table.keys(), table.policy(), table.now());
        expect(left.filter(({ type }) => type !== "retire")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  const policy: KeyPolicy = {
    algorithms: ["EdDSA"],
    announcePeriod: 100,
    rotationPeriod: 1_000,
    snapshotMaxAge: 10,
    tokenTtl: 50,
    clockSkew: 5,
  };

  test("asked to rotate too early names the earliest safe time, and asked again names the same", () => {
    const table = createKeyTable(policy);
    table.take({ do: "wait", ms: 30 });
    const { rotations } = planRotation(table.keys(), policy, table.now(), {
      algorithms: ["EdDSA"],
      emergency: false,
    });
    expect(rotations).toMatchObject([{ alg: "EdDSA", activatesAt: 100, done: false }]);
    table.take({ do: "rotate", emergency: false });
    const again = planRotation(table.keys(), policy, table.now(), {
      algorithms: ["EdDSA"],
      emergency: false,
    });
    expect(again).toEqual({ transitions: [], rotations });
  });

  test("keeps a superseded key public for the last stale signature, its token's lifetime and the skew", () => {
    expect(verifyingPeriod(policy)).toBe(65);
    const table = createKeyTable(policy);
    table.take({ do: "wait", ms: 100 });
    table.take({ do: "rotate", emergency: false });
    expect(table.keys().find(({ state }) => state === "verifying")).toMatchObject({
      supersededAt: 100,
      retiresAt: 165,
    });
  });

  test("after a long outage hands over at the stored time, once, and announces the next standby afresh", () => {
    const table = createKeyTable(policy);
    table.take({ do: "wait", ms: 10_000 });
    const signing = table.keys().find(({ state }) => state === "signing");
    const standby = table.keys().find(({ state }) => state === "announced");
    expect(signing?.activatesAt).toBe(1_000);
    expect(standby?.activatesAt).toBe(10_100);
  });

  test("keeps the standby of a removed algorithm public, since a replica that has not heard may sign with it", () => {
    const table = createKeyTable({ ...policy, algorithms: ["EdDSA", "RS256"] });
    table.take({ do: "approach", offset: -5 });
    table.take({ do: "toggle", alg: "RS256" });
    table.take({ do: "wait", ms: 9 });
    table.take({ do: "sign", alg: "RS256", snapshotAge: 10 });
    const [token] = table.tokens;
    expect(token?.kid).toBe("RS256-3");
    expect(table.publication("RS256-3").publishedUntil).toBeGreaterThanOrEqual((token?.expiresAt ?? 0) + 5);
  });
});
