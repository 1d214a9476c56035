/** When a mail that could not be handed over is tried again, and when no more. Deciding only. */

const MINUTE = 60_000;
const FIRST_PAUSE = MINUTE;
const LONGEST_PAUSE = 240 * MINUTE;
/** No mail is worth more than a day of trying. */
const PATIENCE = 1_440 * MINUTE;

export interface FailedAttempt {
  /** Attempts so far, this one included. */
  readonly attempts: number;
  /** Milliseconds since it was queued. */
  readonly age: number;
  /** Milliseconds after which it is of no use. */
  readonly lifetime: number;
  /** The receiving side will not change its mind. */
  readonly permanent: boolean;
  /** 0 to 1: spreads what failed together. */
  readonly jitter: number;
}

/** Milliseconds until the next attempt; undefined where there is none. */
export function pauseAfter({
  attempts,
  age,
  lifetime,
  permanent,
  jitter,
}: FailedAttempt): number | undefined {
  if (permanent) return undefined;
  const doubled = FIRST_PAUSE * 2 ** Math.min(attempts - 1, 16);
  const pause = Math.min(doubled * (1 + jitter / 4), LONGEST_PAUSE);
  return isOfUse(age + pause, lifetime) ? Math.round(pause) : undefined;
}

/** Whether handing it over now still makes sense. */
export const isOfUse = (age: number, lifetime: number): boolean => age < Math.min(lifetime, PATIENCE);
