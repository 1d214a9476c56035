/** The promise of the key ring, over random policies, clocks, crashes, rotations, revocations, rollouts and replicas. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isPublished, type Key, type KeyPolicy } from "../../src/keys/key.ts";
import { planTransitions } from "../../src/keys/lifecycle.ts";
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

const replica = fc.nat({ max: 3 });
const doing = <const Do extends string>(name: Do) => ({ do: fc.constant(name) });

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        ...doing("wait"),
        ms: fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 700 })),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ ...doing("approach"), offset: fc.integer({ min: -20, max: 20 }) }),
    },
    { weight: 5, arbitrary: fc.record({ ...doing("beat"), replica }) },
    { weight: 2, arbitrary: fc.record({ ...doing("read"), replica }) },
    {
      weight: 6,
      arbitrary: fc.record({ ...doing("sign"), replica, alg: fc.constantFrom(undefined, ...ALGORITHMS) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        ...doing("rotate"),
        replica,
        emergency: fc.boolean(),
        lag: fc.nat({ max: 20 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ ...doing("revoke"), replica, nth: fc.nat({ max: 50 }) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        ...doing("restart"),
        replica,
        algorithms: fc.shuffledSubarray([...ALGORITHMS], { minLength: 1 }),
        tokenTtl: fc.integer({ min: 1, max: 400 }),
      }),
    },
  ),
  { maxLength: 80 },
);
const installations = fc.record({ policy: policies, replicas: fc.integer({ min: 1, max: 4 }), steps });

/** Lives one life; `after` looks at the table after each step. */
function live(
  { policy, replicas, steps: happenings }: { policy: KeyPolicy; replicas: number; steps: Step[] },
  after: (table: ReturnType<typeof createKeyTable>, step: Step) => void = () => {},
) {
  const table = createKeyTable(policy, replicas);
  for (const happening of happenings) {
    table.take(happening);
    after(table, happening);
  }
  return table;
}

describe("whatever happens to an installation", () => {
  test("every token's key is public from before it signs until the token has expired everywhere, or it is revoked", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        const { tokens, publication } = live(installation);
        for (const { kid, issuedAt, expiresAt } of tokens) {
          const { from, until, revokedAt } = publication(kid);
          expect(from).toBeLessThanOrEqual(issuedAt);
          if (revokedAt === undefined)
            expect(until).toBeGreaterThanOrEqual(expiresAt + installation.policy.clockSkew);
        }
      }),
      { numRuns: 4_000 },
    );
  });

  test("no key signs before it was public for the announce period, but the very first and emergencies on record", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        const { tokens, publication } = live(installation);
        for (const { kid, issuedAt } of tokens) {
          const { from, hurried } = publication(kid);
          if (!hurried) expect(issuedAt - from).toBeGreaterThanOrEqual(installation.policy.announcePeriod);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  test("each algorithm has one signing key and one standby at any time, and never two of either", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        live(installation, (table, { do: done, ...of }) => {
          const count = (alg: string, state: Key["state"]) =>
            table.keys().filter((key) => key.alg === alg && key.state === state).length;
          for (const alg of ALGORITHMS) {
            expect(count(alg, "signing")).toBeLessThanOrEqual(1);
            expect(count(alg, "announced")).toBeLessThanOrEqual(1);
          }
          for (const alg of table.steadyAlgorithms) {
            expect(count(alg, "signing")).toBe(1);
            expect(count(alg, "announced")).toBe(1);
          }
          if (done === "beat" && "replica" in of)
            for (const alg of table.policy(of.replica).algorithms) expect(count(alg, "announced")).toBe(1);
        });
      }),
      { numRuns: 500 },
    );
  });

  test("there is always a key to sign with, also while algorithms change and keys are revoked", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        live(installation, (table) => {
          for (let each = 0; each < installation.replicas; each++)
            expect(table.defaultSigner(each)).toBeDefined();
        });
      }),
      { numRuns: 1_000 },
    );
  });

  test("a revoked key is published no more, and nothing is signed with it by a replica that has heard", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        const { tokens, publication, keys } = live(installation);
        for (const key of keys()) {
          const { revokedAt } = publication(key.kid);
          expect(key.state === "revoked").toBe(revokedAt !== undefined);
          expect(isPublished(key) && revokedAt !== undefined).toBe(false);
        }
        for (const { kid, readAt } of tokens) {
          const { revokedAt } = publication(kid);
          if (revokedAt !== undefined) expect(readAt).toBeLessThanOrEqual(revokedAt);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a plan", () => {
  test("applied leaves nothing to do but retirements already due", () => {
    fc.assert(
      fc.property(installations, (installation) => {
        const table = live(installation);
        table.take({ do: "beat", replica: 0 });
        const left = planTransitions(table.keys().filter(isPublished), table.policy(), table.now());
        expect(left.filter(({ type }) => type !== "retire")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
