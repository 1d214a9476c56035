/**
 * Counts in this process's memory, for budgets so wide that asking a store would cost more than it protects. Fixed
 * windows, the same for all keys; `now` is an argument.
 */
import type { Budget } from "./budgets.ts";

export interface Standing {
  readonly budget: Budget;
  /** Points left; 0 also for whoever is over. */
  readonly remaining: number;
  /** Seconds until there are more. */
  readonly reset: number;
}

export interface Count extends Standing {
  readonly used: number;
}

export interface Counter {
  /** One more for this key. */
  add(key: string, now: number): Count;
}

/** So many keys at most: whoever invents more makes the oldest start again, which is wide budgets' smaller harm. */
const MOST_KEYS = 100_000;

export function createCounter(budget: Budget, mostKeys = MOST_KEYS): Counter {
  const window = budget.window * 1000;
  const counts = new Map<string, number>();
  let end = 0;

  return {
    add(key, now) {
      // A clock that was set back does not prolong a window.
      if (now >= end || end - now > window) {
        counts.clear();
        end = now + window;
      }
      const used = (counts.get(key) ?? 0) + 1;
      if (used === 1 && counts.size >= mostKeys) {
        const [oldest = ""] = counts.keys();
        counts.delete(oldest);
      }
      counts.set(key, used);
      return {
        budget,
        used,
        remaining: Math.max(0, budget.points - used),
        reset: Math.ceil((end - now) / 1000),
      };
    },
  };
}
