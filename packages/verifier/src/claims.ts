// Owns what the claims must say for a token to count (RFC 7519 §4.1, RFC 9068 §4). Pure: claims, rules and the time
// go in, a refusal comes out. Does not check the signature, and runs before it, because it is cheaper.
import { shown, unexpected, VerifierError } from "./errors.ts";
import { isStrings, type JsonObject } from "./json.ts";

export interface ClaimRules {
  readonly issuers: ReadonlySet<string>;
  /** `null`: the caller has chosen not to check. */
  readonly audiences: ReadonlySet<string> | null;
  /** Seconds. */
  readonly clockTolerance: number;
}

/** The claims every accepted token has. */
export interface RequiredClaims {
  readonly iss: string;
  readonly sub: string;
  readonly exp: number;
}

/** What the checks have found, for whoever has to check again. */
export interface CheckedClaims extends RequiredClaims {
  /** The later of `nbf` and `iat`, in seconds; 0 where there is neither. */
  readonly notBefore: number;
}

// An ID token, a logout token and a security event are signed by the same keys and may call themselves "JWT"; these
// claims give them away (OpenID Connect Core §2 and §3.3.2.11, Back-Channel Logout §2.4, RFC 8417 §2.2).
const CLAIMS_OF_OTHER_TOKENS = ["nonce", "at_hash", "c_hash", "s_hash", "events"] as const;
// The last second a Date can hold (ECMA-262 §21.4.1.1).
const LAST_SECOND = 8.64e12;

/** `now` in seconds since the epoch. */
export function checkClaims(
  claims: JsonObject,
  { issuers, audiences, clockTolerance }: ClaimRules,
  now: number,
): CheckedClaims {
  const other = CLAIMS_OF_OTHER_TOKENS.find((name) => Object.hasOwn(claims, name));
  if (other !== undefined) throw new VerifierError("type_refused", `${other} marks another kind of token`);
  const { iss, aud = [], sub, nbf = 0, iat = 0 } = claims;
  if (typeof iss !== "string" || !issuers.has(iss)) {
    throw unexpected("issuer_refused", "iss", listed(issuers), iss);
  }
  const named = typeof aud === "string" ? [aud] : aud;
  if (!isStrings(named)) throw unexpected("claim_invalid", "aud", "one or several strings", aud);
  if (audiences !== null && !named.some((one) => audiences.has(one))) {
    throw unexpected("audience_refused", "aud", listed(audiences), aud);
  }
  // Half a surrogate pair is no character: written as UTF-8, two such names would be one.
  if (typeof sub !== "string" || sub === "" || /\p{Surrogate}/u.test(sub)) {
    throw unexpected("claim_invalid", "sub", "a non-empty string", sub);
  }
  const exp = timeOf("exp", claims["exp"]);
  const notBefore = Math.max(timeOf("nbf", nbf), timeOf("iat", iat));
  // RFC 7519 §4.1.4: not "on or after" exp.
  if (now >= exp + clockTolerance) throw new VerifierError("token_expired", `exp was ${exp}, it is ${now}`);
  if (now < notBefore - clockTolerance) {
    throw new VerifierError("token_not_active", `nbf or iat is ${notBefore}, it is ${now}`);
  }
  return { iss, sub, exp, notBefore };
}

/** RFC 7519 §2: a JSON number. `1e999` is one too, and would never expire. */
function timeOf(name: string, value: unknown): number {
  if (typeof value === "number" && value >= 0 && value <= LAST_SECOND) return value;
  throw unexpected("claim_invalid", name, "a time in seconds", value);
}

const listed = (accepted: ReadonlySet<string>): string => [...accepted].map(shown).join(" or ");
