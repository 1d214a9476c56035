/** What a store of counts can do, for one budget; and `rate-limiter-flexible`'s limiters seen as that. */
import type { RateLimiterAbstract } from "rate-limiter-flexible";

interface Used {
  readonly used: number;
  /** Milliseconds until the count begins anew. */
  readonly endsIn: number;
}

export interface KeyedCounts {
  /** One point more, atomically; begins a window when there is none. */
  add(key: string): Promise<Used>;
  giveBack(key: string): Promise<unknown>;
  forget(key: string): Promise<unknown>;
  /** Used up from now on, for so many seconds. */
  block(key: string, seconds: number): Promise<unknown>;
}

/** `penalty` is their `consume` without the verdict, which is ours to give. */
export const keyedCounts = (limiter: RateLimiterAbstract): KeyedCounts => ({
  async add(key) {
    const { consumedPoints, msBeforeNext } = await limiter.penalty(key);
    return { used: consumedPoints, endsIn: msBeforeNext };
  },
  giveBack: (key) => limiter.reward(key),
  forget: (key) => limiter.delete(key),
  block: (key, seconds) => limiter.block(key, seconds),
});
