/** How keys live under this configuration. Pure. */
import type { Config } from "../config.ts";
import type { KeyPolicy } from "./key.ts";

export const keyPolicy = (config: Config): KeyPolicy => ({
  algorithms: config.KEY_ALGORITHMS,
  announcePeriod: config.KEY_ANNOUNCE_PERIOD,
  rotationPeriod: config.KEY_ROTATION_PERIOD,
  snapshotMaxAge: config.KEY_SNAPSHOT_MAX_AGE,
  tokenTtl: config.TOKEN_TTL,
  clockSkew: config.CLOCK_SKEW,
});

/** How long a verifier may go on with a JWKS: from a cache that was about to fetch, kept for as long as it keeps any. */
export const verifierPatience = (config: Pick<Config, "JWKS_MAX_AGE" | "VERIFIER_CACHE_MAX_AGE">): number =>
  config.JWKS_MAX_AGE + config.VERIFIER_CACHE_MAX_AGE;
