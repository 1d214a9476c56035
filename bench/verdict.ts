/** A goal beside what was measured, in the words of the printed table. Pure. */
import type { Spread } from "./statistics.ts";

export interface Verdict {
  readonly work: string;
  readonly goal: string;
  readonly result: string;
  readonly met: boolean;
}

/** Ours must make at least `goal` times what the other makes. */
export const atLeastTimes = (work: string, ratio: Spread, goal: number, other: string): Verdict => ({
  work,
  goal: `≥ ${goal} × ${other}`,
  result: `${number(ratio.median)} × (${number(ratio.min)}–${number(ratio.max)})`,
  met: ratio.median >= goal,
});

export const atMost = (work: string, measured: Spread, goal: number, unit: string): Verdict => ({
  work,
  goal: `≤ ${goal} ${unit}`,
  result: `${number(measured.median)} ${unit} (${number(measured.min)}–${number(measured.max)})`,
  met: measured.median <= goal,
});

/** One number that must not be above another, or not below it. */
export const within = (
  work: string,
  value: number,
  limit: `≤ ${number}` | `≥ ${number}`,
  unit: string,
): Verdict => {
  const bound = Number(limit.slice(2));
  return {
    work,
    goal: `${limit} ${unit}`.trimEnd(),
    result: `${number(value)} ${unit}`.trimEnd(),
    met: limit.startsWith("≤") ? value <= bound : value >= bound,
  };
};

/** Three digits that mean something. */
export const number = (value: number): string =>
  value >= 100 ? Math.round(value).toLocaleString("en") : value >= 10 ? value.toFixed(1) : value.toFixed(2);
