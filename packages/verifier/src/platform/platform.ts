// Owns what the verifier needs of the machine it runs on; `node.ts` and `web.ts` each give all of it. Which of them
// it is, is decided by the package's `imports`, so that neither drags the other along.

import type { Recipe } from "../algorithms.ts";
import type { CachingHeaders } from "../freshness.ts";
import type { JsonObject } from "../json.ts";

/** A public key ready to check signatures with. `signed` is ASCII; whatever is wrong with a signature is a `false`. */
export interface SignatureCheck {
  /** At once; absent where the machine cannot. */
  readonly now?: (signed: string, signature: Uint8Array) => boolean;
  /** At once, or off this thread where that would hold up everything else. */
  soon(signed: string, signature: Uint8Array): boolean | Promise<boolean>;
}

export interface JwksAnswer extends CachingHeaders {
  /** `undefined`: not modified since the response that had the given ETag. */
  readonly document: unknown;
  readonly etag: string | undefined;
}

export interface Platform {
  /**
   * A segment's bytes (RFC 7515 §2); undefined for what is not canonical base64url: another alphabet, padding, stray bits
   * at the end (RFC 4648 §3.5), white space.
   */
  decodeBytes(segment: string): Uint8Array | undefined;
  /** The same as text; undefined also when the bytes are not UTF-8. */
  decodeText(segment: string): string | undefined;
  /** Undefined for a key that is not one, or too weak (RFC 7518 §3.3). */
  prepareKey(jwk: JsonObject, recipe: Recipe): SignatureCheck | undefined;
  /** One request for a JWK Set: limited in time and size, no redirects, conditional (RFC 9110 §13). */
  fetchJwks(url: URL, etag: string | undefined, signal: AbortSignal): Promise<JwksAnswer>;
  /** Lets the process end although the timer has not gone off. */
  release(timer: ReturnType<typeof setTimeout>): void;
  /**
   * Whether what one request began may be awaited by another, and go on after it. Not so on Cloudflare's workers,
   * where it would never end.
   */
  readonly outlivesRequests: boolean;
}

export const FETCH_TIMEOUT = 5000;
export const MAX_JWKS_BYTES = 262_144;
export const MIN_RSA_BITS = 2048;
