/**
 * The claims of a session JWT, one row each. To add a claim, add its row here: its name, where its value comes from.
 * Pure. Signing is `session-token.ts`'s business.
 */

/** Whom a token speaks of. */
export interface TokenSubject {
  /** None for an API key. */
  readonly session: { readonly id: string; readonly impersonatedBy: string | null } | undefined;
  readonly user: {
    readonly id: string;
    readonly email: string;
    readonly emailVerified: boolean;
    readonly name: string;
  };
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
  /** The active organization, and what the user is in it. */
  readonly organization: { readonly id: string; readonly roles: readonly string[] } | undefined;
}

/** What a claim may be made of. Times are seconds since the epoch (RFC 7519 §2, NumericDate). */
export interface ClaimSource extends TokenSubject {
  readonly issuer: string;
  readonly audience: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly tokenId: string;
}

type ClaimTable = Readonly<
  Record<string, (from: ClaimSource) => string | number | boolean | readonly string[] | object | undefined>
>;

const SESSION_CLAIMS = {
  /** Issuer (RFC 7519 §4.1.1). */
  iss: ({ issuer }) => issuer,
  /** The user id (RFC 7519 §4.1.2): the only name an API should keep. */
  sub: ({ user }) => user.id,
  /** Who may accept it (RFC 7519 §4.1.3). */
  aud: ({ audience }) => audience,
  iat: ({ issuedAt }) => issuedAt,
  exp: ({ expiresAt }) => expiresAt,
  jti: ({ tokenId }) => tokenId,
  /** The session id, never the session token (OpenID Connect Front-Channel Logout §3). */
  sid: ({ session }) => session?.id,
  email: ({ user }) => user.email,
  email_verified: ({ user }) => user.emailVerified,
  name: ({ user }) => user.name,
  /** RFC 9068 §2.2.3.1. */
  roles: ({ roles }) => roles,
  permissions: ({ permissions }) => permissions,
  /** Who is really acting, of an impersonation only (RFC 8693 §4.1). */
  act: ({ session }) => (session?.impersonatedBy ? { sub: session.impersonatedBy } : undefined),
  /** Only with an active organization. */
  org_id: ({ organization }) => organization?.id,
  org_role: ({ organization }) => organization?.roles.join(","),
} as const satisfies ClaimTable;

/** The names of all claims, in the order they are written. */
export const SESSION_CLAIM_NAMES: readonly string[] = Object.keys(SESSION_CLAIMS);

/** Names that mean something to verifiers, of this kind of token or of another; a custom claim cannot have them. */
export const RESERVED_CLAIM_NAMES: ReadonlySet<string> = new Set([
  ...SESSION_CLAIM_NAMES,
  ..."nbf nonce at_hash c_hash s_hash events azp auth_time acr amr cnf may_act scope client_id".split(" "),
]);

export function sessionClaims(from: ClaimSource): Record<string, unknown> {
  const claims: Record<string, unknown> = {};
  for (const [name, value] of Object.entries<ClaimTable[string]>(SESSION_CLAIMS)) {
    const claim = value(from);
    if (claim !== undefined) claims[name] = claim;
  }
  return claims;
}
