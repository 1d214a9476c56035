// Owns what the verifier needs of the machine it runs on; `node.ts` and `web.ts` each give all of it. Which of them
// it is, is decided by the package's `imports`, so that neither drags the other along.
import type { CachingHeaders } from "../freshness.ts";
import type { JsonObject } from "../json.ts";
import type { Recipe } from "../recipes.ts";

/** A public key ready to check signatures with. */
export interface SignatureCheck {
  /** At once; absent where the machine cannot. May throw at a signature of the wrong form. */
  readonly now: ((data: Uint8Array, signature: Uint8Array) => boolean) | undefined;
  /** Without holding up the caller's thread. May reject as `now` may throw. */
  later(data: Uint8Array, signature: Uint8Array): Promise<boolean>;
}

export interface JwksAnswer extends CachingHeaders {
  /** `undefined`: not modified since the response that had the given ETag. */
  readonly document: unknown;
  readonly etag: string | undefined;
}

export interface Platform {
  /** `text` is canonical base64url. */
  decodeBase64url(text: string): Uint8Array;
  /** Throws when the bytes are not UTF-8. */
  decodeUtf8(bytes: Uint8Array): string;
  /** `text` is ASCII. */
  encodeAscii(text: string): Uint8Array;
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
