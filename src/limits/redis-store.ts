/** Counts in Redis, for installations that have one. Loaded only when `REDIS_URL` is set. */
import { Redis } from "ioredis";
import { RateLimiterRedis } from "rate-limiter-flexible";
import type { Logger } from "../logger.ts";
import { keyedCounts } from "./keyed-counts.ts";
import type { SharedStore } from "./store.ts";

/** Milliseconds. A count that takes longer is made in memory. */
const CONNECT_PATIENCE = 2_000;
const COMMAND_PATIENCE = 500;
/** Between attempts to get it back. */
const MOST_RETRY = 2_000;

export async function createRedisStore(url: string, logger: Logger): Promise<SharedStore> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_PATIENCE,
    commandTimeout: COMMAND_PATIENCE,
    // What cannot be said now is counted in memory now, not said later.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => Math.min(attempt * 100, MOST_RETRY),
  });
  // Without a listener each failed attempt would be written to the console. Whoever counts says that Redis is away.
  redis.on("error", (error: Error) => logger.debug({ err: error }, "the connection to Redis failed"));
  await redis.connect().catch(() => undefined);

  return {
    name: "Redis",
    counts: ({ keyPrefix, ...options }) =>
      keyedCounts(
        new RateLimiterRedis({ ...options, keyPrefix: `keyturn:${keyPrefix}`, storeClient: redis }),
      ),
    prune: async () => {},
    async close() {
      redis.disconnect();
    },
  };
}
