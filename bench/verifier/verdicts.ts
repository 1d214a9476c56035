/** Goals for everything but speed, and beside them what others do. Pure. */
import { spreadOf } from "../statistics.ts";
import { atMost, number, type Verdict } from "../verdict.ts";
import type { BundleSize } from "./bundle.ts";
import type { ColdStarts } from "./cold.ts";
import type { Delays } from "./delays.ts";
import { JOSE, OURS } from "./speeds.ts";
import type { Storms } from "./storms.ts";

const DELAY_MS = 5;
const SHARE_OF_JOSE = 0.3;
const BUNDLE_KB = 5;
const INSTALLED_KB = 150;
const STORM = { fetches: 5, newKeyMs: 1_000, goodMs: 5 };

export function judgeDelays(delays: Delays): Verdict[] {
  const ours = delays.find(({ name }) => name === OURS);
  return [
    atMost("event loop p99, burst of 100 EdDSA", spreadOf(ours?.burst ?? []), DELAY_MS, "ms"),
    atMost("event loop p99, 4,000 EdDSA/s", spreadOf(ours?.steady ?? []), DELAY_MS, "ms"),
  ];
}

/** Ours is the first. */
export function judgeStarts([ours, ...others]: readonly ColdStarts[]): Verdict[] {
  const jose = others.find(({ name }) => name === JOSE)?.milliseconds ?? [];
  const ratios = jose.map((time, round) => (ours?.milliseconds[round] ?? Number.NaN) / time);
  return [
    atMost("cold start: import and first verify", spreadOf(ratios), SHARE_OF_JOSE, "× jose"),
    once("cold start, JWKS fetches", ours?.fetches ?? Number.NaN, 1, String),
  ];
}

/** Ours is the first. */
export const judgeSizes = ([ours]: readonly BundleSize[], installed: number): Verdict[] => [
  once("bundled, minified, gzip", (ours?.bytes ?? Number.NaN) / 1000, BUNDLE_KB, kilobytes),
  once("installed", installed / 1000, INSTALLED_KB, kilobytes),
];

export const judgeStorms = (storms: Storms): Verdict[] => [
  atMost(
    "10,000 unknown kids, JWKS fetches",
    spreadOf(storms.map(({ fetches }) => fetches)),
    STORM.fetches,
    "fetches",
  ),
  atMost(
    "… then a new key, accepted after",
    spreadOf(storms.map(({ newKeyAfter }) => newKeyAfter)),
    STORM.newKeyMs,
    "ms",
  ),
  atMost("… good tokens meanwhile, p99", spreadOf(storms.map(({ goodP99 }) => goodP99)), STORM.goodMs, "ms"),
];

/** What the figures of ours are to be seen beside. */
export function renderOthers(
  delays: Delays,
  starts: readonly ColdStarts[],
  bundles: readonly BundleSize[],
): string {
  const median = (values: readonly number[]): string => number(spreadOf(values).median);
  return [
    ...delays.map(
      ({ name, burst, steady }) =>
        `event loop p99, ${name}: burst ${median(burst)} ms, steady ${median(steady)} ms`,
    ),
    ...starts.map(({ name, milliseconds }) => `cold start, ${name}: ${median(milliseconds)} ms`),
    ...bundles.map(({ name, bytes }) => `bundled, ${name}: ${kilobytes(bytes / 1000)}`),
  ].join("\n");
}

const kilobytes = (value: number): string => `${number(value)} KB`;

/** For what comes out the same every time. */
const once = (work: string, value: number, goal: number, show: (value: number) => string): Verdict => ({
  work,
  goal: `≤ ${show(goal)}`,
  result: show(value),
  met: value <= goal,
});
