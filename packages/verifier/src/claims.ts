// Owns what the claims must say for a token to count (RFC 7519 §4.1, RFC 9068 §4). Pure: claims, rules and the time
// go in, a refusal comes out. Does not check the signature, and runs before it, because it is cheaper.
import { shown, VerifierError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

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
export function checkClaims(claims: JsonObject, rules: ClaimRules, now: number): CheckedClaims {
  for (const name of CLAIMS_OF_OTHER_TOKENS) {
    if (Object.hasOwn(claims, name))
      throw new VerifierError("type_refused", `claims: ${name} marks another kind of token`);
  }
  const { iss, sub, aud } = claims;
  if (typeof iss !== "string" || !rules.issuers.has(iss)) {
    throw new VerifierError(
      "issuer_refused",
      `claims: expected iss ${listed(rules.issuers)}, got ${shown(iss)}`,
    );
  }
  checkAudience(aud, rules.audiences);
  if (typeof sub !== "string" || sub === "") {
    throw new VerifierError(
      "claim_invalid",
      `claims: expected sub to be a non-empty string, got ${shown(sub)}`,
    );
  }
  const exp = numericDate(claims, "exp");
  if (exp === undefined) throw new VerifierError("claim_invalid", "claims: expected exp, got none");
  const nbf = numericDate(claims, "nbf");
  const iat = numericDate(claims, "iat");
  checkTimes(exp, nbf, iat, rules.clockTolerance, now);
  return { iss, sub, exp, notBefore: Math.max(nbf ?? 0, iat ?? 0) };
}

function checkAudience(aud: unknown, audiences: ReadonlySet<string> | null): void {
  const wellFormed =
    typeof aud === "string" || (Array.isArray(aud) && aud.every((one) => typeof one === "string"));
  if (!wellFormed && aud !== undefined) {
    throw new VerifierError(
      "claim_invalid",
      `claims: expected aud to be one or several strings, got ${shown(aud)}`,
    );
  }
  if (audiences === null) return;
  const matches = Array.isArray(aud)
    ? aud.some((one) => audiences.has(one))
    : typeof aud === "string" && audiences.has(aud);
  if (!matches) {
    throw new VerifierError(
      "audience_refused",
      `claims: expected aud ${listed(audiences)}, got ${shown(aud)}`,
    );
  }
}

function checkTimes(
  exp: number,
  nbf: number | undefined,
  iat: number | undefined,
  tolerance: number,
  now: number,
): void {
  // RFC 7519 §4.1.4: not "on or after" exp.
  if (now >= exp + tolerance)
    throw new VerifierError("token_expired", `claims: exp was ${exp}, it is ${now}`);
  if (nbf !== undefined && now < nbf - tolerance) {
    throw new VerifierError("token_not_active", `claims: nbf is ${nbf}, it is ${now}`);
  }
  if (iat !== undefined && now < iat - tolerance) {
    throw new VerifierError("token_not_active", `claims: iat is ${iat}, in the future of ${now}`);
  }
}

/** RFC 7519 §2: a JSON number. `1e999` is one too, and would never expire. */
function numericDate(claims: JsonObject, name: "exp" | "nbf" | "iat"): number | undefined {
  const value = claims[name];
  if (value === undefined) return undefined;
  if (typeof value === "number" && value >= 0 && value <= LAST_SECOND) return value;
  throw new VerifierError(
    "claim_invalid",
    `claims: expected ${name} to be a time in seconds, got ${shown(value)}`,
  );
}

function listed(accepted: ReadonlySet<string>): string {
  return [...accepted].map((one) => shown(one)).join(" or ");
}
