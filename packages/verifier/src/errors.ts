// Owns the one error this package throws: its closed list of codes, and what each code means over HTTP
// (RFC 6750 §3). Does not decide when a token is refused; that is token.ts, header.ts, claims.ts and the guards.

/**
 * Every reason for which a token, or what its bearer asks for, is refused.
 *
 * @example
 * const worthANewToken: VerifierErrorCode[] = ["token_expired", "key_unknown"];
 */
export type VerifierErrorCode =
  | "token_missing"
  | "token_malformed"
  | "token_too_large"
  | "header_refused"
  | "type_refused"
  | "algorithm_refused"
  | "key_unknown"
  | "signature_invalid"
  | "claim_invalid"
  | "issuer_refused"
  | "audience_refused"
  | "token_expired"
  | "token_not_active"
  | "user_mismatch"
  | "role_missing"
  | "permission_missing"
  | "scope_missing"
  | "keys_unavailable";

/** The HTTP status, and what the caller is told. */
const meanings: Readonly<Record<VerifierErrorCode, readonly [status: 401 | 403 | 503, text: string]>> = {
  token_missing: [401, "An access token is required."],
  token_malformed: [401, "The access token is malformed."],
  token_too_large: [401, "The access token is too large."],
  header_refused: [401, "The access token has an unacceptable header."],
  type_refused: [401, "The token is not an access token."],
  algorithm_refused: [401, "The access token is signed with an unacceptable algorithm."],
  key_unknown: [401, "The access token is signed with an unknown key."],
  signature_invalid: [401, "The access token has an invalid signature."],
  claim_invalid: [401, "The access token has a missing or invalid claim."],
  issuer_refused: [401, "The access token is from another issuer."],
  audience_refused: [401, "The access token is for another audience."],
  token_expired: [401, "The access token has expired."],
  token_not_active: [401, "The access token is not valid yet."],
  user_mismatch: [403, "The access token belongs to another user."],
  role_missing: [403, "A role is missing."],
  permission_missing: [403, "A permission is missing."],
  scope_missing: [403, "A scope is missing."],
  keys_unavailable: [503, "The keys to verify access tokens are unavailable."],
};

/**
 * What may accompany a {@link VerifierError}.
 *
 * @example
 * throw new VerifierError("permission_missing", `plan is ${plan}`, { description: "This needs the plan pro." });
 */
export interface VerifierErrorDetails {
  /** Public text instead of the code's own: may name what was missing, must not quote the token. */
  readonly description?: string;
  /** The scope that would have sufficed, for the challenge's `scope` attribute (RFC 6750 §3). */
  readonly scope?: string;
  readonly cause?: unknown;
}

/**
 * The only error `verify` and the guards throw. `description` and `challenge` may be shown to anyone;
 * `message` is for your log and may quote a claim, never the token or its signature.
 *
 * @example
 * try {
 *   await verifier.verify(token);
 * } catch (error) {
 *   if (error instanceof VerifierError && error.code === "token_expired") return askForANewToken();
 *   throw error;
 * }
 */
export class VerifierError extends Error {
  override readonly name = "VerifierError";
  readonly code: VerifierErrorCode;
  /** 401: send another token. 403: this one is good but not enough. 503: nothing wrong with the token, try later. */
  readonly status: 401 | 403 | 503;
  /** Public text: no part of the token, nothing secret. */
  readonly description: string;
  /** The `WWW-Authenticate` value (RFC 6750 §3), `null` for a 503, which is no question of credentials. */
  readonly challenge: string | null;

  constructor(code: VerifierErrorCode, message: string, details: VerifierErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    const [status, text] = meanings[code];
    this.code = code;
    this.status = status;
    this.description = details.description ?? text;
    this.challenge = challengeOf(this, details.scope);
  }
}

/** Of a member of the header or a claim. `wanted` is a phrase. */
export function unexpected(
  code: VerifierErrorCode,
  name: string,
  wanted: string,
  got: unknown,
): VerifierError {
  return new VerifierError(code, `${name}: expected ${wanted}, got ${shown(got)}`);
}

/** A value from a token made fit for a log line: quoted, on one line, short. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

function challengeOf({ code, status, description }: VerifierError, scope: string | undefined): string | null {
  if (status === 503) return null;
  // RFC 6750 §3.1: a request without any credentials is told the scheme and nothing else.
  if (code === "token_missing") return "Bearer";
  const error = status === 401 ? "invalid_token" : "insufficient_scope";
  const wanted = scope === undefined ? "" : `, scope="${attribute(scope)}"`;
  return `Bearer error="${error}", error_description="${attribute(description)}"${wanted}`;
}

// RFC 6750 §3: error_description is printable ASCII without quote and backslash, so it cannot end the attribute.
function attribute(text: string): string {
  return text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, "?");
}
