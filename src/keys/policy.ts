/** How keys live under this configuration. Pure. */
import type { Config } from "../config.ts";
import { announceFloor } from "../settings.ts";
import type { KeyPolicy } from "./key.ts";

export const keyPolicy = (config: Config): KeyPolicy => ({
  algorithms: config.KEY_ALGORITHMS,
  announcePeriod: config.KEY_ANNOUNCE_PERIOD,
  rotationPeriod: config.KEY_ROTATION_PERIOD,
  snapshotMaxAge: config.KEY_SNAPSHOT_MAX_AGE,
  tokenTtl: config.TOKEN_TTL,
  clockSkew: config.CLOCK_SKEW,
});

/** For how long a cache may serve the JWKS while it fetches the next: of what the announce period leaves over. */
export const staleWhileRevalidate = (config: Config): number =>
  Math.min(config.JWKS_MAX_AGE, config.KEY_ANNOUNCE_PERIOD - announceFloor(config));

/** How long a verifier may go on with a JWKS: from a cache that was about to fetch, kept for as long as it keeps any. */
export const verifierPatience = (config: Config): number =>
  config.JWKS_MAX_AGE + staleWhileRevalidate(config) + config.VERIFIER_CACHE_MAX_AGE;
