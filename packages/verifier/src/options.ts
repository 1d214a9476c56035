// Owns what a caller may configure and refusing what cannot be meant, once, when the verifier is made.
// A mistake here is a bug in the program, so it is a TypeError, not a VerifierError.
import { type Algorithm, isAlgorithm } from "./algorithms.ts";
import type { ClaimRules } from "./claims.ts";
import { shown } from "./errors.ts";
import { isStrings } from "./json.ts";
import type { KeySnapshot } from "./snapshot.ts";

/**
 * How to make a verifier.
 *
 * @example
 * const options: VerifierOptions = { issuer: "https://auth.example.com", audience: "https://api.example.com" };
 */
export interface VerifierOptions {
  /** Whose tokens are accepted: `iss`, compared character by character (RFC 7519 §4.1.1). One or several. */
  readonly issuer: string | readonly string[];
  /** Whom the tokens must be for: `aud` (RFC 7519 §4.1.3). One or several; `null` is the only way not to check. */
  readonly audience: string | readonly string[] | null;
  /**
   * Where the keys are, for every issuer. Without it each issuer's own are used, and only for its tokens.
   * @defaultValue the issuer followed by `/.well-known/jwks.json`
   */
  readonly jwksUri?: string | { readonly href: string } | undefined;
  /** A JWK Set (RFC 7517 §5) to use instead of fetching one. */
  readonly jwks?: { readonly keys: readonly object[] } | undefined;
  /** @defaultValue `["EdDSA", "RS256", "ES256"]` */
  readonly algorithms?: readonly Algorithm[] | undefined;
  /**
   * Seconds by which this machine's clock may differ from the issuer's.
   * @defaultValue 5
   */
  readonly clockTolerance?: number | undefined;
  /**
   * How many genuine tokens are remembered, so that a token seen again costs no signature check; `false` for none.
   * About 2 KB each. Time and keys are looked at each time all the same.
   * @defaultValue 10_000
   */
  readonly tokenCache?: number | false | undefined;
  /** What `exportKeys` gave, perhaps in another process: its keys serve until they have to be fetched again. */
  readonly snapshot?: KeySnapshot | undefined;
  /** Told of each fetch of a JWK Set, when it is over. What it throws is lost. */
  readonly onFetch?: ((event: FetchEvent) => void) | undefined;
}

/**
 * One fetch of a JWK Set.
 *
 * @example
 * const onFetch = ({ url, ok, error }: FetchEvent) => ok || console.warn(url, error);
 */
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
  /** At most one of the two; without either the keys are where `ownJwksUri` says. */
  readonly jwks: unknown;
  readonly jwksUri: URL | undefined;
}

export function readOptions({
  issuer,
  audience,
  jwks,
  jwksUri,
  algorithms = ["EdDSA", "RS256", "ES256"],
  clockTolerance = 5,
  tokenCache = 10_000,
  snapshot,
  onFetch,
}: VerifierOptions): Settings {
  if (!(algorithms.length > 0 && algorithms.every(isAlgorithm))) {
    throw wrong("algorithms", "asymmetric JWS algorithms", algorithms);
  }
  // Text would be appended to a time, not added to it.
  if (!(typeof clockTolerance === "number" && clockTolerance >= 0 && clockTolerance <= 3600)) {
    throw wrong("clockTolerance", "0 to 3600 seconds", clockTolerance);
  }
  if (tokenCache !== false && !(Number.isSafeInteger(tokenCache) && tokenCache > 1)) {
    throw wrong("tokenCache", "a number of entries, 2 at least, or false", tokenCache);
  }
  if (jwks !== undefined && jwksUri !== undefined) throw new TypeError("expected jwks or jwksUri, got both");
  const issuers = namesOf("issuer", issuer);
  // Not `?? null`: a forgotten audience must not read as a decision against one.
  const audiences = audience === null ? null : namesOf("audience", audience);
  return {
    rules: { issuers, audiences, clockTolerance },
    algorithms: new Set(algorithms),
    tokenCache: tokenCache === false ? 0 : tokenCache,
    snapshot,
    onFetch,
    jwks,
    jwksUri:
      jwksUri === undefined
        ? undefined
        : webAddress("jwksUri", typeof jwksUri === "string" ? jwksUri : jwksUri.href),
  };
}

export const ownJwksUri = (issuer: string): URL =>
  webAddress("issuer", `${issuer.replace(/\/$/, "")}/.well-known/jwks.json`);

function namesOf(option: string, value: unknown): ReadonlySet<string> {
  const names: unknown = typeof value === "string" ? [value] : value;
  if (isStrings(names) && names.length > 0 && !names.includes("")) return new Set(names);
  throw wrong(option, "one or several non-empty strings", value);
}

function webAddress(option: string, text: string): URL {
  if (URL.canParse(text) && /^https?:/i.test(text)) return new URL(text);
  throw wrong(option, "an http(s) URL", text);
}

const wrong = (option: string, wanted: string, got: unknown): TypeError =>
  new TypeError(`${option}: expected ${wanted}, got ${shown(got)}`);
