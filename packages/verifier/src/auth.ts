// Owns what a verified token says about its bearer, in the words an API uses. Refuses claims of the wrong shape;
// does not decide whether the token is acceptable (claims.ts) nor what the bearer may do (guards.ts).
import type { RequiredClaims } from "./claims.ts";
import { shown, VerifierError } from "./errors.ts";
import type { JsonObject } from "./json.ts";

/** The claims of a Keyturn access token, by their names in the token (RFC 7519 §4.1, RFC 9068 §2.2). */
export interface Claims extends RequiredClaims {
  readonly aud?: string | readonly string[];
  readonly iat?: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly [name: string]: unknown;
}

/** Who is calling, and with what rights. Frozen, claims included. */
export interface Auth<Custom extends object = object> {
  /** `sub` */
  readonly userId: string;
  /** `sid`; `null` where no person has signed in (client credentials). */
  readonly sessionId: string | null;
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** `scope`, split (RFC 6749 §3.3). */
  readonly scopes: readonly string[];
  /** `org_id`: the active organization. */
  readonly organizationId: string | null;
  /** `client_id` (RFC 9068 §2.2); `null` for a session token. */
  readonly clientId: string | null;
  readonly expiresAt: Date;
  /** Every claim of the token, custom ones included. */
  readonly claims: Readonly<Claims & Custom>;
}

const NONE: readonly string[] = Object.freeze([]);

export function toAuth<Custom extends object>(
  claims: JsonObject,
  { sub, exp }: RequiredClaims,
): Auth<Custom> {
  return Object.freeze({
    userId: sub,
    sessionId: optionalString(claims, "sid"),
    roles: strings(claims, "roles"),
    permissions: strings(claims, "permissions"),
    scopes: splitScope(optionalString(claims, "scope")),
    organizationId: optionalString(claims, "org_id"),
    clientId: optionalString(claims, "client_id"),
    // A Date cannot be frozen, so each reader gets their own.
    get expiresAt() {
      return new Date(exp * 1000);
    },
    // The caller's word for what its issuer puts into a token; the registered claims were checked.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    claims: claims as Readonly<Claims & Custom>,
  });
}

function optionalString(claims: JsonObject, name: string): string | null {
  const value = claims[name];
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  throw wrongShape(name, "a string", value);
}

function strings(claims: JsonObject, name: string): readonly string[] {
  const value = claims[name];
  if (value === undefined) return NONE;
  if (isStrings(value)) return value;
  throw wrongShape(name, "an array of strings", value);
}

function isStrings(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}

function splitScope(scope: string | null): readonly string[] {
  return scope === null || scope === "" ? NONE : Object.freeze(scope.split(" ").filter((one) => one !== ""));
}

function wrongShape(name: string, expected: string, value: unknown): VerifierError {
  return new VerifierError(
    "claim_invalid",
    `claims: expected ${name} to be ${expected}, got ${shown(value)}`,
  );
}
