// Owns the order of the checks: form, header, claims, key, signature, each cheaper than the next; and the short cut for
// a token that has passed them before. The checks themselves live in their own files, and where keys come from is
// key-source.ts's and key-cache.ts's matter.
import { type Auth, toAuth } from "./auth.ts";
import { type CheckedClaims, checkClaims } from "./claims.ts";
import { VerifierError } from "./errors.ts";
import { createHeaderReader, type TokenHeader } from "./header.ts";
import type { JsonObject } from "./json.ts";
import { createKeyCache } from "./key-cache.ts";
import type { VerifyingKey } from "./key-set.ts";
import { createFixedKeys, type KeySource } from "./key-source.ts";
import { ownJwksUri, readOptions, type Settings, type VerifierOptions } from "./options.ts";
import type { KeySnapshot } from "./snapshot.ts";
import { decodeObject, type Segments, splitToken } from "./token.ts";
import { createTokenCache } from "./token-cache.ts";

/**
 * Verifies access tokens of one or several issuers.
 *
 * @example
 * const createApp = (verifier: Verifier) => new Hono().use(bearer(verifier));
 */
export interface Verifier<Custom extends object = object> {
  /**
   * Who is calling. Rejects with a {@link VerifierError}, and with nothing else. Waits only while there are no keys
   * yet, or for one fetch when the token's `kid` is new.
   *
   * @example
   * const { userId, roles } = await verifier.verify(token);
   */
  verify(token: string): Promise<Auth<Custom>>;
  /**
   * The same without waiting: throws `keys_unavailable` until the keys are there (see `ready`), and `key_unknown` for
   * a new `kid` while it is fetched in the background. Outside Node and Bun signatures are checked by WebCrypto, which
   * cannot but wait: there a token that is remembered is answered, and any other that is in order is a TypeError.
   *
   * @example
   * await verifier.ready();
   * socket.auth = verifier.verifySync(token);
   */
  verifySync(token: string): Auth<Custom>;
  /**
   * Fetches the keys if they are not at hand. Rejects with `keys_unavailable`.
   *
   * @example
   * await verifier.ready(); // before you listen: the first caller need not wait, and a wrong URL shows at once
   */
  ready(): Promise<void>;
  /**
   * The key sets at hand with their times, as JSON: for the option `snapshot` of a verifier that starts later, which
   * then verifies without a fetch. Public keys only.
   *
   * @example
   * await store.put("keys", JSON.stringify(verifier.exportKeys()));
   */
  exportKeys(): KeySnapshot;
  /**
   * Stops fetching and forgets what was fetched: from here on every token is answered with `keys_unavailable`, unless the
   * keys are those of the option `jwks`. A verifier that is not closed does not keep the process alive.
   *
   * @example
   * process.once("SIGTERM", () => server.close(() => verifier.close()));
   */
  close(): void;
}

/** A token that was genuine, and what has to hold for it to count still. */
interface Remembered<Custom extends object> {
  readonly auth: Auth<Custom>;
  /** Made once: it is what most callers ask for. */
  readonly promise: Promise<Auth<Custom>>;
  readonly source: KeySource;
  readonly key: VerifyingKey;
  /** Milliseconds, tolerance included. */
  readonly notBefore: number;
  readonly expiresAt: number;
}

/** A token that has passed every check but the signature's. */
interface Candidate {
  readonly token: string;
  readonly segments: Segments;
  readonly header: TokenHeader;
  readonly claims: JsonObject;
  readonly required: CheckedClaims;
  readonly source: KeySource;
}

/**
 * Makes a verifier. Make one per process and share it: it holds the keys.
 * Fetches nothing until the first token, or `ready()`.
 *
 * @example
 * const verifier = createVerifier({ issuer: "https://auth.example.com", audience: "https://api.example.com" });
 * const auth = await verifier.verify(token);
 *
 * @example
 * // Custom claims, as your issuer's configuration adds them:
 * const verifier = createVerifier<{ plan: "free" | "pro" }>({ issuer, audience });
 * (await verifier.verify(token)).claims.plan;
 *
 * @throws TypeError when the options cannot be meant.
 */
export function createVerifier<Custom extends object = object>(options: VerifierOptions): Verifier<Custom> {
  const settings = readOptions(options);
  const { rules, algorithms, tokenCache } = settings;
  const headers = createHeaderReader(algorithms);
  const sources = createSources(settings);
  const tokens = tokenCache === 0 ? undefined : createTokenCache<Remembered<Custom>>(tokenCache);

  /** Still good: its time is not over, and its key is the very one that is published now. */
  function recall(token: string, now: number): Remembered<Custom> | undefined {
    const entry = tokens?.get(token);
    if (entry === undefined) return undefined;
    const { source, key, notBefore, expiresAt } = entry;
    if (now < expiresAt && now >= notBefore && source.peek(key.kid, now) === key) return entry;
    tokens?.delete(token);
    return undefined;
  }

  function examine(token: string, now: number): Candidate {
    const segments = splitToken(token);
    const header = headers.read(segments.header);
    const claims = decodeObject(segments.payload, "payload");
    const required = checkClaims(claims, rules, now / 1000);
    const source = sources.get(required.iss);
    if (source === undefined)
      throw new VerifierError("issuer_refused", "no keys are configured for this issuer");
    return { token, segments, header, claims, required, source };
  }

  /** What it says, if its key is for its algorithm. */
  function read({ header, claims, required }: Candidate, key: VerifyingKey): Auth<Custom> {
    if (key.alg === header.alg) return toAuth<Custom>(claims, required);
    throw new VerifierError("algorithm_refused", `the key is for ${key.alg}, the token says ${header.alg}`);
  }

  /** The signature has been checked: this is where a token becomes somebody's word. */
  function accept(candidate: Candidate, key: VerifyingKey, auth: Auth<Custom>, isGenuine: boolean) {
    if (!isGenuine) throw new VerifierError("signature_invalid", "the signature does not match");
    const { token, segments, header, required, source } = candidate;
    headers.remember(segments.header, header);
    const tolerance = rules.clockTolerance * 1000;
    const entry: Remembered<Custom> = {
      auth,
      promise: Promise.resolve(auth),
      source,
      key,
      notBefore: required.notBefore * 1000 - tolerance,
      expiresAt: required.exp * 1000 + tolerance,
    };
    tokens?.set(token, entry);
    return entry;
  }

  function check(candidate: Candidate, key: VerifyingKey): Promise<Auth<Custom>> {
    const auth = read(candidate, key);
    const { signed, signature } = candidate.segments;
    const isGenuine = key.check.soon(signed, signature);
    if (typeof isGenuine === "boolean") return accept(candidate, key, auth, isGenuine).promise;
    return isGenuine.then((answer) => accept(candidate, key, auth, answer).auth);
  }

  return {
    // Not `async`, which would cost a token seen before more than everything else does.
    verify(token) {
      const now = Date.now();
      const known = recall(token, now);
      if (known !== undefined) return known.promise;
      try {
        const candidate = examine(token, now);
        const { source, header } = candidate;
        const key = source.peek(header.kid, now);
        if (key !== undefined) return check(candidate, key);
        return source.find(header.kid).then((found) => {
          // It may have expired while the keys were on their way.
          checkClaims(candidate.claims, rules, Date.now() / 1000);
          return check(candidate, found);
        });
      } catch (error) {
        return Promise.reject(error);
      }
    },
    verifySync(token) {
      const now = Date.now();
      const known = recall(token, now);
      if (known !== undefined) return known.auth;
      const candidate = examine(token, now);
      const { source, header, segments } = candidate;
      const key = source.peek(header.kid, now);
      if (key === undefined) throw source.missing(header.kid);
      const auth = read(candidate, key);
      if (key.check.now === undefined) {
        throw new TypeError("verifySync: this platform checks signatures by WebCrypto, which waits");
      }
      return accept(candidate, key, auth, key.check.now(segments.signed, segments.signature)).auth;
    },
    async ready() {
      await Promise.all([...sources.values()].map((source) => source.ready()));
    },
    exportKeys() {
      // Several issuers may share one.
      const distinct = [...new Set(sources.values())];
      return { version: 1, sets: distinct.flatMap((source) => source.stored() ?? []) };
    },
    close() {
      for (const source of sources.values()) source.close();
      tokens?.clear();
    },
  };
}

/** By issuer. A key of one never vouches for another, unless the caller has named one place for all. */
function createSources({ rules, algorithms, jwks, jwksUri, ...options }: Settings): Map<string, KeySource> {
  const fetched = (uri: URL): KeySource => createKeyCache(uri, { allowed: algorithms, ...options });
  const shared = jwks === undefined ? jwksUri && fetched(jwksUri) : createFixedKeys(jwks, algorithms);
  return new Map([...rules.issuers].map((issuer) => [issuer, shared ?? fetched(ownJwksUri(issuer))]));
}
