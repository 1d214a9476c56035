// Owns the order of the checks: form, header, claims, key, signature, each cheaper than the next. The checks
// themselves live in their own files, and where keys come from is key-source.ts's and key-cache.ts's matter.
import { type Auth, toAuth } from "./auth.ts";
import { checkClaims, type RequiredClaims } from "./claims.ts";
import { VerifierError } from "./errors.ts";
import { createHeaderReader, type TokenHeader } from "./header.ts";
import type { JsonObject } from "./json.ts";
import { createKeyCache } from "./key-cache.ts";
import type { VerifyingKey } from "./key-set.ts";
import { createFixedKeys, type KeySource } from "./key-source.ts";
import { readOptions, type Settings, type VerifierOptions } from "./options.ts";
import { decodeObject, decodeSegment, type Segments, splitToken } from "./token.ts";

/** Verifies access tokens of one or several issuers. */
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
   * a new `kid` while it is fetched in the background.
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
   * Stops fetching and forgets the keys: from here on every token is answered with `keys_unavailable`.
   * A verifier that is not closed does not keep the process alive.
   *
   * @example
   * process.once("SIGTERM", () => server.close(() => verifier.close()));
   */
  close(): void;
}

/** A token that has passed every check but the signature's. */
interface Candidate {
  readonly segments: Segments;
  readonly header: TokenHeader;
  readonly claims: JsonObject;
  readonly required: RequiredClaims;
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
  const { rules, algorithms, keys } = readOptions(options);
  const headers = createHeaderReader(algorithms);
  const sources = createSources(keys, rules.issuers, algorithms);

  function examine(token: string, now: number): Candidate {
    const segments = splitToken(token);
    const header = headers.read(segments.header);
    const claims = decodeObject(segments.payload, "payload");
    const required = checkClaims(claims, rules, now / 1000);
    const source = sources.get(required.iss);
    if (source === undefined)
      throw new VerifierError("issuer_refused", "no keys are configured for this issuer");
    return { segments, header, claims, required, source };
  }

  function conclude({ segments, header, claims, required }: Candidate, key: VerifyingKey): Auth<Custom> {
    if (key.alg !== header.alg) {
      throw new VerifierError("algorithm_refused", `the key is for ${key.alg}, the token says ${header.alg}`);
    }
    const auth = toAuth<Custom>(claims, required);
    const signature = decodeSegment(segments.signature, "signature");
    if (!isGenuine(key, Buffer.from(segments.signed, "latin1"), signature)) {
      throw new VerifierError("signature_invalid", "the signature does not match");
    }
    headers.remember(segments.header, header);
    return auth;
  }

  return {
    async verify(token) {
      const now = Date.now();
      const candidate = examine(token, now);
      const { source, header } = candidate;
      return conclude(candidate, source.peek(header.kid, now) ?? (await source.find(header.kid)));
    },
    verifySync(token) {
      const now = Date.now();
      const candidate = examine(token, now);
      const { source, header } = candidate;
      const key = source.peek(header.kid, now);
      if (key === undefined) throw source.missing(header.kid);
      return conclude(candidate, key);
    },
    async ready() {
      await Promise.all([...sources.values()].map((source) => source.ready()));
    },
    close() {
      for (const source of sources.values()) source.close();
    },
  };
}

function isGenuine(key: VerifyingKey, data: Buffer, signature: Buffer): boolean {
  try {
    return key.verify(data, signature);
  } catch {
    // Some crypto libraries throw at a signature of the wrong form instead of saying no.
    return false;
  }
}

function createSources(
  keys: Settings["keys"],
  issuers: ReadonlySet<string>,
  algorithms: Settings["algorithms"],
): ReadonlyMap<string, KeySource> {
  if (keys.from === "issuers") {
    return new Map([...keys.byIssuer].map(([issuer, uri]) => [issuer, createKeyCache(uri, algorithms)]));
  }
  const shared =
    keys.from === "jwks" ? createFixedKeys(keys.jwks, algorithms) : createKeyCache(keys.uri, algorithms);
  return new Map([...issuers].map((issuer) => [issuer, shared]));
}
