/** The lives of keys as spans of time, and drawn. */
import { describe, expect, test } from "vitest";
import { planTimeline, renderTimeline } from "../../src/commands/timeline.ts";
import type { Key } from "../../src/keys/key.ts";

const DAY = 24 * 60 * 60 * 1000;
const day = (days: number): number => Date.UTC(2026, 0, 1) + days * DAY;
const plan = (keys: readonly Key[], now: number) =>
  planTimeline(keys, { now: day(now), rotationPeriod: 90 * DAY });

const times = (kid: string, announced: number, activates: number) => ({
  kid: kid.padEnd(43, "-"),
  alg: "EdDSA" as const,
  announcedAt: day(announced),
  activatesAt: day(activates),
});
const retired = {
  ...times("retired", 0, 10),
  state: "retired",
  supersededAt: day(30),
  retiresAt: day(35),
} as const;
const verifying: Key = {
  ...times("verifying", 10, 30),
  state: "verifying",
  supersededAt: day(60),
  retiresAt: day(70),
};
const signing: Key = { ...times("signing", 30, 60), state: "signing", verifyingPeriod: DAY };
const announced: Key = { ...times("announced", 60, 80), state: "announced", verifyingPeriod: DAY };
const revoked: Key = {
  ...times("revoked", 5, 20),
  state: "revoked",
  supersededAt: undefined,
  revokedAt: day(25),
  reason: "leaked",
};
const ALL = [announced, revoked, signing, retired, verifying];

const spansOf = (key: Key, keys: readonly Key[] = ALL) =>
  plan(keys, 65)
    .lives.find(({ kid }) => kid === key.kid)
    ?.spans.map(({ state, from, until }) => [state, (from - day(0)) / DAY, (until - day(0)) / DAY]);

describe("the plan of a timeline", () => {
  test.each([
    [
      "a retired key was announced, signed and verified",
      retired,
      [
        ["announced", 0, 10],
        ["signing", 10, 30],
        ["verifying", 30, 35],
      ],
    ],
    [
      "a verifying key goes on until it retires",
      verifying,
      [
        ["announced", 10, 30],
        ["signing", 30, 60],
        ["verifying", 60, 70],
      ],
    ],
    [
      "a signing key goes on until its standby's time",
      signing,
      [
        ["announced", 30, 60],
        ["signing", 60, 80],
      ],
    ],
    [
      "a standby will sign for a rotation period",
      announced,
      [
        ["announced", 60, 80],
        ["signing", 80, 170],
      ],
    ],
    [
      "a revoked key ends when it was revoked",
      revoked,
      [
        ["announced", 5, 20],
        ["signing", 20, 25],
      ],
    ],
  ])("%s", (_, key, spans) => {
    expect(spansOf(key)).toEqual(spans);
  });

  test.each([
    ["before it signed has only been announced", { revokedAt: day(12) }, [["announced", 5, 12]]],
    ["the moment it was announced has no span at all", { revokedAt: day(5) }, []],
    [
      "while it verified has signed until it was superseded",
      { supersededAt: day(22), revokedAt: day(25) },
      [
        ["announced", 5, 20],
        ["signing", 20, 22],
        ["verifying", 22, 25],
      ],
    ],
  ])("a key revoked %s", (_, change, spans) => {
    const key: Key = { ...revoked, ...change };
    expect(spansOf(key, [key])).toEqual(spans);
  });

  test("a signing key without a standby goes on for a rotation period, as far as is known", () => {
    const other: Key = { ...announced, alg: "RS256" };
    expect(spansOf(signing, [signing, other])?.at(-1)).toEqual(["signing", 60, 150]);
  });

  test("has one algorithm after the other, oldest first, and reaches from the first moment to the last", () => {
    const other: Key = { ...retired, kid: "other", alg: "ES256", announcedAt: day(100) };
    const { lives, from, until } = plan([...ALL, other], 65);
    expect(lives.map(({ kid }) => kid.replace(/-+$/, ""))).toEqual([
      "retired",
      "revoked",
      "verifying",
      "signing",
      "announced",
      "other",
    ]);
    expect([from, until]).toEqual([day(0), day(170)]);
    expect(lives.map(({ revokedAt }) => revokedAt)).toEqual([
      undefined,
      day(25),
      ...Array(4).fill(undefined),
    ]);
  });

  test("leaves neither the keys nor their order changed", () => {
    const keys = Object.freeze([...ALL]);
    expect(() => plan(keys, 65)).not.toThrow();
  });
});

describe("the drawing of a timeline", () => {
  test("has a stroke for each state, a cross for a revocation, and now in every line", () => {
    const lines = renderTimeline(plan(ALL, 65), 33 + 170);
    expect(lines.map((line) => line.slice(33))).toEqual([
      `${"░".repeat(10)}${"█".repeat(20)}${"▒".repeat(5)}${" ".repeat(30)}│`,
      `${" ".repeat(5)}${"░".repeat(15)}${"█".repeat(5)}✗${" ".repeat(39)}│`,
      `${" ".repeat(10)}${"░".repeat(20)}${"█".repeat(30)}${"▒".repeat(5)}│${"▒".repeat(4)}`,
      `${" ".repeat(30)}${"░".repeat(30)}${"█".repeat(5)}│${"█".repeat(14)}`,
      `${" ".repeat(60)}${"░".repeat(5)}│${"░".repeat(14)}${"█".repeat(89)}`,
      `${" ".repeat(65)}now 2026-03-07T00:00:00Z`,
      `2026-01-01T00:00:00Z${" ".repeat(130)}2026-06-20T00:00:00Z`,
      "",
      expect.stringContaining("✗ revoked"),
    ]);
    expect(lines.map((line) => line.slice(0, 32).trimEnd()).slice(0, 5)).toEqual([
      "EdDSA retired-----…  retired",
      "EdDSA revoked-----…  revoked",
      "EdDSA verifying---…  verifying",
      "EdDSA signing-----…  signing",
      "EdDSA announced---…  announced",
    ]);
  });

  test.each([
    ["verified", { ...retired, retiresAt: retired.supersededAt + 1 }, "▒"],
    ["was announced", { ...retired, activatesAt: retired.announcedAt + 1 }, "░"],
  ])("shows also that a key %s only for a moment", (_, key, stroke) => {
    expect(renderTimeline(plan([key, announced], 65), 100)[0]).toContain(stroke);
  });

  test("of keys that all began this very moment, with nothing ahead, is still a drawing", () => {
    const key: Key = { ...revoked, announcedAt: day(0), activatesAt: day(0), revokedAt: day(0) };
    const [line = ""] = renderTimeline(plan([key], 0), 80);
    expect(line).toMatch(/^EdDSA revoked-----…  revoked +✗$/);
    expect(line.indexOf("✗")).toBe(33);
  });

  test("of no keys says why there are none", () => {
    expect(renderTimeline(plan([], 0), 80)).toEqual(["no keys yet: a server makes them when it starts"]);
  });

  test("in a narrow terminal keeps a line a key, and its columns as wide as it can", () => {
    for (const columns of [1, 40, 60, 80, 200]) {
      const lines = renderTimeline(plan(ALL, 65), columns);
      expect(lines).toHaveLength(9);
      const drawn = lines.slice(0, 5).map((line) => line.length);
      expect(Math.max(...drawn), String(columns)).toBeLessThanOrEqual(Math.max(columns, 53));
      for (const line of lines.slice(0, 5)) expect(line.slice(33)).toMatch(/[░█▒]/);
    }
  });

  test("fits into a terminal of 100 columns, legend and dates included, wherever now is", () => {
    for (const now of [0, 65, 120, 169, 400]) {
      for (const line of renderTimeline(plan(ALL, now), 100))
        expect(line.length, `day ${now}: ${line}`).toBeLessThanOrEqual(100);
    }
  });
});
