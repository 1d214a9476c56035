/** Whether two sets of times can be told apart, whatever their shape. Pure, but for the dice of the bootstrap. */
import { percentile } from "../statistics.ts";

export interface Difference {
  /** Of the medians, in milliseconds. */
  readonly medians: readonly [number, number];
  /** Of the difference of the medians: 95 % of what other draws from the same times would have given. */
  readonly interval: readonly [number, number];
  /**
   * Cliff's delta: how much likelier it is that one of the first takes longer than one of the second than the other way
   * round. 0: nothing to be seen; 1 or -1: one look is enough.
   */
  readonly delta: number;
  /** Mann–Whitney U, two-sided: how often chance alone would make as great a delta. */
  readonly p: number;
}

const DRAWS = 2_000;

export function compare(first: readonly number[], second: readonly number[]): Difference {
  const delta = cliffsDelta(first, second);
  const deviation = Math.sqrt((first.length + second.length + 1) / (3 * first.length * second.length));
  const draws = Array.from({ length: DRAWS }, () => medianOf(redraw(first)) - medianOf(redraw(second)));
  return {
    medians: [medianOf(first), medianOf(second)],
    interval: [percentile(draws, 0.025), percentile(draws, 0.975)],
    delta,
    p: twoSided(delta / deviation),
  };
}

function cliffsDelta(first: readonly number[], second: readonly number[]): number {
  let sum = 0;
  for (const one of first) for (const other of second) sum += Math.sign(one - other);
  return sum / (first.length * second.length);
}

const medianOf = (values: readonly number[]): number => percentile(values, 0.5);

const redraw = (values: readonly number[]): number[] =>
  values.map(() => values[Math.floor(Math.random() * values.length)] ?? Number.NaN);

/** Of the normal distribution, to four digits (Abramowitz and Stegun 26.2.17). */
function twoSided(z: number): number {
  const x = Math.abs(z);
  const t = 1 / (1 + 0.2316419 * x);
  const poly =
    t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return Math.min(1, 2 * poly * (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)));
}
