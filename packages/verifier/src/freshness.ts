// Owns how long a fetched key set may be used and when to fetch again (RFC 9111 §4.2, RFC 5861). Pure: times in
// milliseconds go in and come out. Fetches nothing and holds nothing.

/** What the server said about caching. */
export interface CachingHeaders {
  readonly cacheControl: string | undefined;
  readonly age: string | undefined;
}

/** The life of one fetched set, as points in time. */
export interface Life {
  readonly fetchedAt: number;
  /** From here on the next set is fetched in the background. */
  readonly refreshAt: number;
  /** From here on it is used only if the server does not answer. */
  readonly freshUntil: number;
  /** From here on it is not used at all. */
  readonly usableUntil: number;
}

/** A span in which no fetch is tried because the last ones failed. */
export interface Outage {
  readonly failures: number;
  readonly since: number;
  readonly retryAt: number;
}

const SECOND = 1000;
const MIN_TTL = SECOND;
// A server that forbids caching is asked now and then, not for every token.
const UNCACHED_TTL = 30 * SECOND;
const DEFAULT_TTL = 300 * SECOND;
// Keyturn's server refuses to announce a key for less than its VERIFIER_CACHE_MAX_AGE, 10 minutes unless told otherwise.
const MAX_TTL = 600 * SECOND;
const MAX_STALE = 24 * 3600 * SECOND;

/** `random` in [0, 1) spreads the refreshes of many verifiers over time. */
export function lifeOf(headers: CachingHeaders, now: number, random: number): Life {
  const ttl = timeToLive(headers);
  return {
    fetchedAt: now,
    refreshAt: now + ttl * (0.65 + 0.1 * random),
    freshUntil: now + ttl,
    usableUntil: now + MAX_STALE,
  };
}

/** Whether these can be the times of a set: in order, and no longer than this package would use one. */
export function isLife(times: { readonly [Time in keyof Life]?: unknown }): times is Life {
  const { fetchedAt, refreshAt, freshUntil, usableUntil } = times;
  return (
    typeof fetchedAt === "number" &&
    typeof refreshAt === "number" &&
    typeof freshUntil === "number" &&
    typeof usableUntil === "number" &&
    fetchedAt <= refreshAt &&
    refreshAt <= freshUntil &&
    freshUntil <= fetchedAt + MAX_TTL &&
    usableUntil <= fetchedAt + MAX_STALE
  );
}

/** Exponential from 1 s to the longest a set is kept anyway, each less up to a quarter. */
export function outageAfter(
  previous: Outage | undefined,
  now: number,
  random: number,
  longest: number = MAX_TTL,
): Outage {
  const failures = (previous?.failures ?? 0) + 1;
  const delay = Math.min(SECOND * 2 ** (failures - 1), longest);
  return { failures, since: now, retryAt: now + delay * (1 - 0.25 * random) };
}

/** A clock set back counts as "no longer within", or a jump of an hour would keep old keys for an hour. */
export function isWithin(now: number, from: number, until: number): boolean {
  return now >= from && now < until;
}

function timeToLive({ cacheControl = "", age = "" }: CachingHeaders): number {
  const directive = /(?:^|[\s,])max-age="?(\d{1,10})/i.exec(cacheControl)?.[1];
  const isForbidden = /(?:^|[\s,])no-(?:store|cache)\b/i.test(cacheControl) || Number(directive) === 0;
  if (isForbidden) return UNCACHED_TTL;
  if (directive === undefined) return DEFAULT_TTL;
  // RFC 9111 §4.2.3: what a shared cache has already used up of it.
  const spent = /^\d{1,10}$/.test(age) ? Number(age) : 0;
  return Math.min(Math.max((Number(directive) - spent) * SECOND, MIN_TTL), MAX_TTL);
}
