// Owns what a verified token says about its bearer, in the words an API uses. Refuses claims of the wrong shape;
// does not decide whether the token is acceptable (claims.ts) nor what the bearer may do (guards.ts).
import type { RequiredClaims } from "./claims.ts";
import { unexpected } from "./errors.ts";
import { isStrings, type JsonObject } from "./json.ts";

/**
 * The claims of a Keyturn access token, by their names in the token (RFC 7519 §4.1, RFC 9068 §2.2).
 *
 * @example
 * const { jti, email } = auth.claims; // email: unknown, unless createVerifier was told its type
 */
export interface Claims extends RequiredClaims {
  readonly aud?: string | readonly string[];
  readonly iat?: number;
  readonly nbf?: number;
  readonly jti?: string;
  readonly [name: string]: unknown;
}

/**
 * Who is calling, and with what rights. Frozen, claims included.
 *
 * @example
 * const mayRead = ({ roles, permissions }: Auth) => roles.includes("admin") || permits(permissions, "tasks:read");
 */
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

/**
 * A Date cannot be frozen, so each reader gets their own. One getter for all: with a getter of its own no object is laid
 * out like another, and the engine keeps each as a dictionary, slow to make and to read.
 */
const EXPIRES_AT = {
  enumerable: true,
  get(this: { readonly claims: RequiredClaims }) {
    return new Date(this.claims.exp * 1000);
  },
};

export function toAuth<Custom extends object>(claims: JsonObject, { sub }: RequiredClaims): Auth<Custom> {
  const auth = {
    userId: sub,
    sessionId: optionalString(claims, "sid"),
    roles: strings(claims, "roles"),
    permissions: strings(claims, "permissions"),
    scopes: splitScope(optionalString(claims, "scope")),
    organizationId: optionalString(claims, "org_id"),
    clientId: optionalString(claims, "client_id"),
    claims,
  };
  // The caller's word for what its issuer puts into a token; the registered claims were checked.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return Object.freeze(Object.defineProperty(auth, "expiresAt", EXPIRES_AT)) as unknown as Auth<Custom>;
}

function optionalString(claims: JsonObject, name: string): string | null {
  const value = claims[name] ?? null;
  if (value === null || typeof value === "string") return value;
  throw unexpected("claim_invalid", name, "a string", value);
}

function strings(claims: JsonObject, name: string): readonly string[] {
  const { [name]: value = NONE } = claims;
  if (isStrings(value)) return value;
  throw unexpected("claim_invalid", name, "an array of strings", value);
}

const splitScope = (scope: string | null): readonly string[] =>
  scope === null ? NONE : Object.freeze(scope.split(" ").filter((one) => one !== ""));
