/** Durations as people write them in configuration: `500ms 30s 5m 24h 90d`. Inside the program: milliseconds. */

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d{1,9})(ms|s|m|h|d)$/;

/** Milliseconds, or undefined where the text is not a duration. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = FORM.exec(text) ?? [];
  if (count === undefined || !isUnit(unit)) return undefined;
  return Number(count) * UNITS[unit];
}

/** The shortest exact way to write it: 300_000 is `5m`. */
export function formatDuration(ms: number): string {
  for (const unit of ["d", "h", "m", "s"] as const) {
    if (ms >= UNITS[unit] && ms % UNITS[unit] === 0) return `${ms / UNITS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

const isUnit = (unit: string | undefined): unit is keyof typeof UNITS => unit !== undefined && unit in UNITS;
