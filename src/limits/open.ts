/** Everything limits need, built once: where counts are kept, who counts, what is swept out, and how it ends. */
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { VersionedSecrets } from "../secrets.ts";
import { BUDGETS, type Budgets } from "./budgets.ts";
import { type ChallengedAccount, createChallengedAccount } from "./challenged-account.ts";
import { createDeviceCookie, type DeviceCookie } from "./device-cookie.ts";
import { createLimiter, type Limiter } from "./limiter.ts";
import { createPostgresStore } from "./postgres-store.ts";
import { insured } from "./store.ts";

export interface Limits {
  readonly budgets: Budgets;
  readonly limiter: Limiter;
  readonly deviceCookie: DeviceCookie;
  readonly challengedAccount: ChallengedAccount;
  /** Removes counts that have expired; done by itself every ten minutes. */
  prune(): Promise<void>;
  close(): Promise<void>;
}

export interface LimitsOptions {
  readonly db: Database;
  readonly redisUrl: string | undefined;
  readonly secrets: VersionedSecrets;
  readonly issuer: string;
  readonly logger: Logger;
  readonly budgets?: Budgets;
}

const PRUNE_EVERY_MS = 10 * 60 * 1000;

export async function openLimits({
  db,
  redisUrl,
  secrets,
  issuer,
  logger,
  budgets = BUDGETS,
}: LimitsOptions): Promise<Limits> {
  const shared = redisUrl === undefined ? createPostgresStore(db) : await openRedis(redisUrl, logger);
  const [{ value: secret }] = secrets;
  const prune = () => shared.prune();
  const pruning = setInterval(() => {
    prune().catch((error: unknown) => logger.debug({ err: error }, "expired counts were not removed"));
  }, PRUNE_EVERY_MS).unref();

  return {
    budgets,
    limiter: createLimiter(insured(shared, logger), budgets, secret),
    deviceCookie: createDeviceCookie(secrets, issuer),
    challengedAccount: createChallengedAccount(db),
    prune,
    async close() {
      clearInterval(pruning);
      await shared.close();
    },
  };
}

/** Its client takes a while to load and is needed by few. */
async function openRedis(url: string, logger: Logger) {
  const { createRedisStore } = await import("./redis-store.ts");
  return createRedisStore(url, logger);
}
