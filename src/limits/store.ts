/**
 * Where counts are kept: in a store all replicas share, and in this process's memory for as long as that store does not
 * answer, so that nobody is kept from signing in because a counter is away.
 */
import { RateLimiterMemory } from "rate-limiter-flexible";
import { causeOf, type Logger } from "../logger.ts";
import { type KeyedCounts, keyedCounts } from "./keyed-counts.ts";

/** The options of a limiter of `rate-limiter-flexible`, for one budget. */
interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

/** A store that several replicas share. */
export interface SharedStore {
  /** For the log. */
  readonly name: string;
  counts(options: LimiterOptions): KeyedCounts;
  /** Removes what has expired; nothing for stores that do so themselves. */
  prune(): Promise<void>;
  close(): Promise<void>;
}

export interface Store {
  counts(options: LimiterOptions): KeyedCounts;
}

/** After a failure the store is left alone for so long: whoever signs in must not wait for it each time. */
const RETRY_MS = 2_000;

export function insured(
  shared: SharedStore,
  logger: Logger,
  now: () => number = performance.now.bind(performance),
): Store {
  let awaySince: number | undefined;

  const failed = (error: unknown): void => {
    if (awaySince === undefined) {
      const err = error instanceof Error ? causeOf(error) : error;
      logger.warn(
        { err },
        `${shared.name} does not count for rate limits; until it does, each server counts for itself`,
      );
    }
    awaySince = now();
  };
  const answered = (): void => {
    if (awaySince !== undefined) logger.info(`${shared.name} counts for rate limits again`);
    awaySince = undefined;
  };

  return {
    counts(options) {
      const store = shared.counts(options);
      const memory = keyedCounts(new RateLimiterMemory(options));
      const either = async <T>(work: (counts: KeyedCounts) => Promise<T>): Promise<T> => {
        if (awaySince !== undefined && now() - awaySince < RETRY_MS) return work(memory);
        try {
          const done = await work(store);
          answered();
          return done;
        } catch (error) {
          failed(error);
          return work(memory);
        }
      };
      return {
        add: (key) => either((counts) => counts.add(key)),
        giveBack: (key) => either((counts) => counts.giveBack(key)),
        forget: (key) => either((counts) => counts.forget(key)),
        block: (key, seconds) => either((counts) => counts.block(key, seconds)),
      };
    },
  };
}
