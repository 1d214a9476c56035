// Owns a fetched key set over time: when it is fetched, who waits for it, what serves while the issuer is away.
// The decisions are freshness.ts's and unknown-kids.ts's, the request is the platform's; here they meet the clock.
import { platform } from "#platform";
import type { Algorithm } from "./algorithms.ts";
import { VerifierError } from "./errors.ts";
import { isWithin, lifeOf, type Outage, outageAfter } from "./freshness.ts";
import { type KeySet, parseKeySet, type VerifyingKey } from "./key-set.ts";
import { type KeySource, unknownKey } from "./key-source.ts";
import type { FetchEvent } from "./options.ts";
import { FETCH_TIMEOUT } from "./platform/platform.ts";
import { findStored, type KeySnapshot, type StoredKeys } from "./snapshot.ts";
import { createUnknownKids } from "./unknown-kids.ts";

/** A set as it was fetched, and what of it can be used. */
interface Held extends StoredKeys {
  readonly keys: KeySet;
  /** None for a set from elsewhere: it must not be confirmed unseen. */
  readonly etag?: string | undefined;
}

export interface KeyCacheOptions {
  readonly allowed: ReadonlySet<Algorithm>;
  readonly snapshot: KeySnapshot | undefined;
  readonly onFetch: ((event: FetchEvent) => void) | undefined;
}

/** Milliseconds after which the fetch that was due has been tried, if the process has run at all. */
const LATE = 2 * FETCH_TIMEOUT;
/** Milliseconds after which nobody is to wait for a fetch that was begun in good time. */
const SLOW = 1000;
/** While there are no keys at all, callers are refused, so the issuer is asked more often: milliseconds. */
const LONGEST_WITHOUT_KEYS = 60_000;

export function createKeyCache(url: URL, { allowed, snapshot, onFetch }: KeyCacheOptions): KeySource {
  const unknownKids = createUnknownKids();
  const closing = new AbortController();
  let held = restore(findStored(snapshot, url.href), allowed);
  let outage: (Outage & { readonly cause: unknown }) | undefined;
  let fetching: Promise<void> | undefined;
  /** Requests are numbered: an answer that was overtaken by that of a later one is old news. */
  const last = { asked: 0, answered: 0, askedAt: 0 };
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** The set at hand, if it may still be used at all. One without a usable key is as good as none. */
  function usable(now: number): Held | undefined {
    return held !== undefined && held.keys.size > 0 && isWithin(now, held.fetchedAt, held.usableUntil)
      ? held
      : undefined;
  }

  /** Good enough to answer without waiting: fresh, or stale while the issuer is known to be away (RFC 5861 §4). */
  function prompt(now: number): Held | undefined {
    const at = usable(now);
    return at !== undefined && (now < at.freshUntil || isAway(now)) ? at : undefined;
  }

  /** It has not answered, or is slow to. What was known of that before the process slept is known no more. */
  function isAway(now: number): boolean {
    if (outage !== undefined) return isWithin(now, outage.since, outage.retryAt + LATE);
    const { askedAt } = last;
    const isLate = fetching !== undefined && isWithin(now, askedAt + SLOW, askedAt + FETCH_TIMEOUT + SLOW);
    return isLate && held !== undefined && askedAt < held.freshUntil;
  }

  function isDue(now: number): boolean {
    if (closing.signal.aborted) return false;
    if (outage !== undefined) return !isWithin(now, outage.since, outage.retryAt);
    return held === undefined || !isWithin(now, held.fetchedAt, held.refreshAt);
  }

  /** One fetch at a time, shared by all who ask for it. Never rejects: its outcome is in `held` and `outage`. */
  function refresh(): Promise<void> {
    if (!platform.outlivesRequests) return load();
    fetching ??= load().finally(() => {
      fetching = undefined;
    });
    return fetching;
  }

  async function load(): Promise<void> {
    const askedAt = Date.now();
    const known = usable(askedAt);
    const startedAt = performance.now();
    const number = ++last.asked;
    last.askedAt = askedAt;
    try {
      const answer = await platform.fetchJwks(url, known?.etag, closing.signal);
      const jwks = answer.document === undefined ? known?.jwks : answer.document;
      const keys = parseKeySet(jwks, allowed, held?.keys);
      if (closing.signal.aborted || number < last.answered) return;
      last.answered = number;
      held = { uri: url.href, jwks, etag: answer.etag, ...lifeOf(answer, askedAt, Math.random()), keys };
      // Taken over, so that removed keys are gone; but tried again soon, like any answer of no use.
      if (keys.size === 0) throw new Error("no usable key in the set");
      outage = undefined;
      wakeAt(held.refreshAt);
    } catch (cause) {
      if (closing.signal.aborted) return;
      const now = Date.now();
      const longest = usable(now) === undefined ? LONGEST_WITHOUT_KEYS : undefined;
      outage = { ...outageAfter(outage, now, Math.random(), longest), cause };
      wakeAt(outage.retryAt);
    }
    try {
      onFetch?.({
        url: url.href,
        ok: outage === undefined,
        kids: [...(held?.keys.keys() ?? [])],
        ...(outage && { error: outage.cause }),
        milliseconds: performance.now() - startedAt,
      });
    } catch {
      // The caller's mistake must not cost us the keys.
    }
  }

  function wakeAt(time: number): void {
    clearTimeout(timer);
    if (closing.signal.aborted || !platform.outlivesRequests) return;
    timer = setTimeout(() => void refresh(), Math.max(0, time - Date.now()));
    platform.release(timer);
  }

  async function find(kid: string): Promise<VerifyingKey> {
    const askedAt = Date.now();
    const before = held;
    // A set that has outlived its time waits for the next one, unless the issuer is away: then it serves, see `prompt`.
    // Where nothing goes on in the background, whoever comes when the next set is due waits for it.
    const mustWait = prompt(askedAt) === undefined || !platform.outlivesRequests;
    if (mustWait && (fetching !== undefined || isDue(askedAt))) await refresh();
    const key = usableOrThrow().keys.get(kid);
    return key ?? (await findNew(kid, held !== before));
  }

  /** For a kid the set does not have. Only the caller who brought it waits, and only if the bucket allows a fetch. */
  async function findNew(kid: string, isNewSet: boolean): Promise<VerifyingKey> {
    const now = Date.now();
    const mayFetch =
      !isNewSet &&
      (outage === undefined || !isWithin(now, outage.since, outage.since + LONGEST_WITHOUT_KEYS));
    if (fetching === undefined && !(mayFetch && unknownKids.admit(kid, now))) throw unknownKey(kid);
    await refresh();
    const key = usableOrThrow().keys.get(kid);
    if (key === undefined) {
      unknownKids.missed(kid, Date.now());
      throw unknownKey(kid);
    }
    return key;
  }

  function usableOrThrow(): Held {
    const at = usable(Date.now());
    if (at === undefined) throw unavailable();
    return at;
  }

  function unavailable(): VerifierError {
    if (closing.signal.aborted) return new VerifierError("keys_unavailable", "the verifier is closed");
    const where = `${url.origin}${url.pathname}`;
    return new VerifierError("keys_unavailable", `no usable keys from ${where}`, { cause: outage?.cause });
  }

  return {
    peek(kid, now) {
      if (fetching === undefined && isDue(now)) {
        if (!platform.outlivesRequests) return undefined;
        void refresh();
      }
      return prompt(now)?.keys.get(kid);
    },
    find,
    missing(kid) {
      find(kid).catch(() => {});
      return prompt(Date.now()) === undefined ? unavailable() : unknownKey(kid);
    },
    async ready() {
      const now = Date.now();
      if (prompt(now) === undefined && (fetching !== undefined || isDue(now))) await refresh();
      usableOrThrow();
    },
    stored() {
      const at = usable(Date.now());
      if (at === undefined) return undefined;
      const { keys: _, etag: _etag, ...stored } = at;
      return structuredClone(stored);
    },
    close() {
      closing.abort();
      clearTimeout(timer);
      held = undefined;
    },
  };
}

/** A set from another process: worth as much as what is in it. */
function restore(stored: StoredKeys | undefined, allowed: ReadonlySet<Algorithm>): Held | undefined {
  try {
    return stored && { ...stored, etag: undefined, keys: parseKeySet(stored.jwks, allowed) };
  } catch {
    return undefined;
  }
}
