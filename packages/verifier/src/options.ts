// Owns what a caller may configure and refusing what cannot be meant, once, when the verifier is made.
// A mistake here is a bug in the program, so it is a TypeError, not a VerifierError.
import { type Algorithm, isAlgorithm } from "./algorithms.ts";
import type { ClaimRules } from "./claims.ts";
import { shown } from "./errors.ts";
import type { KeySnapshot } from "./snapshot.ts";

/** How to make a verifier. */
export interface VerifierOptions {
  /** Whose tokens are accepted: `iss`, compared character by character (RFC 7519 §4.1.1). One or several. */
  readonly issuer: string | readonly string[];
  /** Whom the tokens must be for: `aud` (RFC 7519 §4.1.3). One or several; `null` is the only way not to check. */
  readonly audience: string | readonly string[] | null;
  /**
   * Where the keys are, for every issuer. Without it each issuer's own are used, and only for its tokens.
   * @defaultValue the issuer followed by `/.well-known/jwks.json`
   */
  readonly jwksUri?: string | URL;
  /** A JWK Set (RFC 7517 §5) to use instead of fetching one. */
  readonly jwks?: { readonly keys: readonly object[] };
  /** @defaultValue `["EdDSA", "RS256", "ES256"]` */
  readonly algorithms?: readonly Algorithm[];
  /**
   * Seconds by which this machine's clock may differ from the issuer's.
   * @defaultValue 5
   */
  readonly clockTolerance?: number;
  /**
   * How many genuine tokens are remembered, so that a token seen again costs no signature check; `false` for none.
   * About 2.5 KB each. Time and keys are looked at each time all the same.
   * @defaultValue 10_000
   */
  readonly tokenCache?: number | false;
  /** What `exportKeys` gave, perhaps in another process: its keys serve until they have to be fetched again. */
  readonly snapshot?: KeySnapshot | undefined;
  /** Told of each fetch of a JWK Set, when it is over. What it throws is lost. */
  readonly onFetch?: ((event: FetchEvent) => void) | undefined;
}

/** One fetch of a JWK Set. */
export interface FetchEvent {
  readonly url: string;
  readonly ok: boolean;
  /** Of the usable keys at hand after it. */
  readonly kids: readonly string[];
  /** Why it was of no use. */
  readonly error?: unknown;
  readonly milliseconds: number;
}

export interface Settings {
  readonly rules: ClaimRules;
  readonly algorithms: ReadonlySet<Algorithm>;
  readonly snapshot: KeySnapshot | undefined;
  readonly onFetch: ((event: FetchEvent) => void) | undefined;
  /** Entries; 0: none. */
  readonly tokenCache: number;
  /** `byIssuer`: a key of one issuer never vouches for another. */
  readonly keys:
    | { readonly from: "jwks"; readonly jwks: unknown }
    | { readonly from: "uri"; readonly uri: URL }
    | { readonly from: "issuers"; readonly byIssuer: ReadonlyMap<string, URL> };
}

export function readOptions(options: VerifierOptions): Settings {
  const { issuer, audience, algorithms = ["EdDSA", "RS256", "ES256"], clockTolerance = 5 } = options;
  if (!algorithms.every(isAlgorithm)) {
    throw new TypeError(`algorithms: expected asymmetric JWS algorithms, got ${shown(algorithms)}`);
  }
  if (algorithms.length === 0) throw new TypeError("algorithms: expected at least one");
  if (!(clockTolerance >= 0 && clockTolerance <= 3600)) {
    throw new TypeError(`clockTolerance: expected 0 to 3600 seconds, got ${shown(clockTolerance)}`);
  }
  const { tokenCache = 10_000 } = options;
  if (tokenCache !== false && !(Number.isSafeInteger(tokenCache) && tokenCache > 0)) {
    throw new TypeError(`tokenCache: expected a number of entries or false, got ${shown(tokenCache)}`);
  }
  const issuers = namesOf("issuer", issuer);
  // Not `?? null`: a forgotten audience must not read as a decision against one.
  const audiences = audience === null ? null : namesOf("audience", audience);
  return {
    rules: { issuers, audiences, clockTolerance },
    algorithms: new Set(algorithms),
    tokenCache: tokenCache === false ? 0 : tokenCache,
    snapshot: options.snapshot,
    onFetch: options.onFetch,
    keys: whereKeysAre(options, issuers),
  };
}

function whereKeysAre({ jwks, jwksUri }: VerifierOptions, issuers: ReadonlySet<string>): Settings["keys"] {
  if (jwks !== undefined && jwksUri !== undefined) throw new TypeError("expected jwks or jwksUri, got both");
  if (jwks !== undefined) return { from: "jwks", jwks };
  if (jwksUri !== undefined) return { from: "uri", uri: webAddress("jwksUri", String(jwksUri)) };
  const byIssuer = new Map<string, URL>();
  for (const one of issuers) {
    byIssuer.set(one, webAddress("issuer", `${one.replace(/\/$/, "")}/.well-known/jwks.json`));
  }
  return { from: "issuers", byIssuer };
}

function namesOf(option: string, value: unknown): ReadonlySet<string> {
  const names: unknown[] = Array.isArray(value) ? value : [value];
  const set = new Set<string>();
  for (const name of names) {
    if (typeof name !== "string" || name === "") {
      throw new TypeError(`${option}: expected one or several non-empty strings, got ${shown(value)}`);
    }
    set.add(name);
  }
  if (set.size === 0) throw new TypeError(`${option}: expected at least one, got none`);
  return set;
}

function webAddress(option: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new TypeError(`${option}: expected an http(s) URL, got ${shown(text)}`);
  }
  return url;
}
