/** What a replica counts: signatures, turns, and the time in which it was not allowed to sign. */
import { describe, expect, test } from "vitest";
import type { Key } from "../../src/keys/key.ts";
import { meterKeys } from "../../src/keys/meter.ts";
import { createTally } from "../../src/keys/tally.ts";
import type { Written } from "../../src/keys/turn.ts";
import { createMetrics } from "../../src/metrics.ts";

const createClock = (snapshotMaxAge = 5_000) => {
  const tally = createTally({ snapshotMaxAge });
  return {
    tally,
    /** Asked and answered at these times. */
    load: (askedAt: number, answeredAt = askedAt) => tally.loaded({ askedAt, answeredAt }),
    fencedAt: (at: number) => tally.read({ canSign: true, keys: [], now: 0, at }).fencedFor,
    ageAt: (at: number) => tally.read({ canSign: true, keys: [], now: 0, at }).snapshotAge,
  };
};

describe("the time a replica was fenced", () => {
  test("is nothing while it reads the keys often enough, or has not begun", () => {
    const { load, fencedAt } = createClock();
    expect(fencedAt(1_000_000)).toBe(0);
    for (const at of [0, 4_000, 8_999, 13_998]) load(at);
    expect(fencedAt(18_998)).toBe(0);
  });

  test("begins when the snapshot is too old, and grows until it is read again", () => {
    const { load, fencedAt } = createClock();
    load(1_000);
    expect(fencedAt(6_000)).toBe(0);
    expect(fencedAt(6_250)).toBe(250);
    expect(fencedAt(9_000)).toBe(3_000);
    load(10_000, 10_100);
    expect(fencedAt(10_100)).toBe(4_100);
    expect(fencedAt(15_000)).toBe(4_100);
    load(16_000);
    expect(fencedAt(16_000)).toBe(5_100);
  });

  test("counts the age from when the keys were asked for, not from the answer", () => {
    const { load, fencedAt, ageAt } = createClock();
    load(0, 2_000);
    expect(ageAt(3_000)).toBe(3_000);
    expect(fencedAt(5_500)).toBe(500);
  });

  test("is counted once when several answers come late and together, as after a lock", () => {
    const { load, fencedAt } = createClock();
    load(0);
    // Asked for again each time the deadline was over, all answered in the same moment.
    load(500, 15_000);
    load(6_000, 15_000);
    load(11_500, 15_000);
    expect(fencedAt(15_000)).toBe(10_000);
  });
});

describe("the counts of a replica", () => {
  const announce = { type: "announce", alg: "EdDSA", activatesAt: 0, verifyingPeriod: 0 } as const;
  const activate = { type: "activate", at: 0 } as const;
  const written: readonly Written[] = [
    { ...announce, kid: "a", signsAtOnce: true },
    { ...announce, kid: "b", signsAtOnce: false },
    { ...activate, kid: "b", alg: "EdDSA", emergency: false },
    { ...activate, kid: "c", alg: "RS256", emergency: true },
    { ...activate, kid: "d", alg: "RS256", emergency: true },
    { type: "supersede", kid: "a", alg: "EdDSA", at: 0, retiresAt: 0 },
    { type: "revoke", kid: "c", alg: "RS256", at: 0, was: "signing", reason: "leaked" },
  ];

  test("tell turns by algorithm and kind, and revocations; an announcement is none", () => {
    const { tally } = createClock();
    tally.turned(written.slice(0, 4));
    tally.turned(written.slice(4));
    const { turns, revocations } = tally.read({ canSign: true, keys: [], now: 0, at: 0 });
    expect(turns).toEqual([
      { alg: "EdDSA", kind: "first", count: 1 },
      { alg: "EdDSA", kind: "ordinary", count: 1 },
      { alg: "RS256", kind: "emergency", count: 2 },
    ]);
    expect(revocations).toBe(1);
  });

  test("tell signatures by key", () => {
    const { tally } = createClock();
    for (const kid of ["a", "b", "a"]) tally.signed(kid);
    expect(tally.read({ canSign: true, keys: [], now: 0, at: 0 }).signatures).toEqual([
      { kid: "a", count: 2 },
      { kid: "b", count: 1 },
    ]);
  });

  test("once read do not change any more", () => {
    const { tally } = createClock();
    tally.turned(written);
    const before = tally.read({ canSign: true, keys: [], now: 0, at: 0 });
    const copy = structuredClone(before);
    tally.turned(written);
    tally.signed("a");
    expect(before).toEqual(copy);
  });
});

describe("the time until the next transition", () => {
  const times = { kid: "a", alg: "EdDSA", announcedAt: 0 } as const;
  const standby: Key = { ...times, state: "announced", activatesAt: 10_000, verifyingPeriod: 0 };
  const next = (keys: readonly Key[], now: number) =>
    createClock().tally.read({ canSign: true, keys, now, at: 0 }).nextTransitionIn;

  test("is that of the key which is next, negative when it is overdue, and absent when there is none", () => {
    const verifying: Key = {
      ...times,
      state: "verifying",
      activatesAt: 0,
      supersededAt: 0,
      retiresAt: 7_000,
    };
    expect(next([standby], 4_000)).toBe(6_000);
    expect(next([standby, verifying], 4_000)).toBe(3_000);
    expect(next([standby], 12_500)).toBe(-2_500);
    expect(next([{ ...standby, state: "signing" }], 0)).toBeUndefined();
  });
});

describe("a replica that has nothing scheduled, and has signed nothing yet,", () => {
  test("tells no time until a transition, rather than a wrong one", async () => {
    const metrics = createMetrics();
    meterKeys(metrics, () => createClock().tally.read({ canSign: true, keys: [], now: 0, at: 0 }));
    const lines = (await metrics.render()).body.split("\n").filter((line) => line.startsWith("keyturn_"));
    expect(lines).toEqual([
      "keyturn_key_snapshot_age_seconds 0",
      "keyturn_can_sign 1",
      "keyturn_key_revocations_total 0",
      "keyturn_key_fenced_seconds_total 0",
    ]);
  });
});
