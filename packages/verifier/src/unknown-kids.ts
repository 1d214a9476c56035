// Owns how often an unknown kid may cause a fetch: a token bucket for all of them, and a growing pause for each one
// that was looked for in vain. Without it a stranger's tokens decide how busy the issuer is. Fetches nothing.

export interface UnknownKids {
  /** May this kid cause a fetch now? Saying yes takes a token from the bucket. `now` in ms. */
  admit(kid: string, now: number): boolean;
  /** A fetch did not bring this kid. */
  missed(kid: string, now: number): void;
}

interface Pause {
  readonly until: number;
  readonly length: number;
}

const BURST = 2;
// Less than a second, so that a genuine new key is accepted within one even right after a flood.
const REFILL = 800;
// Less than it takes for the bucket to fill: a kid that joined a fetch begun before it was published is soon asked for again.
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 60_000;
const MAX_PAUSES = 1000;

export function createUnknownKids(): UnknownKids {
  const pauses = new Map<string, Pause>();
  let tokens = BURST;
  let refilledAt = 0;

  function refill(now: number): void {
    const earned = Math.max(0, Math.floor((now - refilledAt) / REFILL));
    tokens = Math.min(BURST, tokens + earned);
    refilledAt = tokens === BURST || now < refilledAt ? now : refilledAt + earned * REFILL;
  }

  return {
    admit(kid, now) {
      const pause = pauses.get(kid);
      if (pause !== undefined && now < pause.until && now >= pause.until - pause.length) return false;
      refill(now);
      if (tokens === 0) return false;
      tokens--;
      return true;
    },
    missed(kid, now) {
      const pause = pauses.get(kid);
      if (pause !== undefined && now < pause.until) return;
      const length = Math.min((pause?.length ?? FIRST_PAUSE / 2) * 2, LONGEST_PAUSE);
      pauses.delete(kid);
      pauses.set(kid, { until: now + length, length });
      // The one added longest ago goes first: a flood of kids costs a bounded amount of memory.
      for (const oldest of pauses.keys()) {
        if (pauses.size <= MAX_PAUSES) break;
        pauses.delete(oldest);
      }
    },
  };
}
