// Owns the questions every adapter asks (which token? this user? that right?) and the answer on a refusal. Pure, and
// free of frameworks: an adapter is only the glue between these functions and its framework's request and response.
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { permits } from "./permissions.ts";

/** One name or several, all of which are wanted. @example const wanted: Names = ["tasks:read", "tasks:write"]; */
export type Names = readonly [string, ...string[]];

/**
 * The token from an `Authorization` header (RFC 6750 §2.1; the scheme's case does not matter, RFC 9110 §11.1).
 *
 * @example
 * const auth = await verifier.verify(readBearer(request.headers.authorization));
 *
 * @throws VerifierError `token_missing` when there is no header or it has another scheme.
 */
export function readBearer(authorization: string | null | undefined): string {
  const token = /^Bearer +([^ ].*)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined) throw new VerifierError("token_missing", "expected Authorization: Bearer <token>");
  return token.trimEnd();
}

/**
 * The `auth` an adapter's `bearer` has left behind; without one nobody passes.
 *
 * @example
 * const auth = requireAuth(request.auth);
 *
 * @throws VerifierError `token_missing` when `bearer` did not run before the guard.
 */
export function requireAuth<Custom extends object = object>(auth: Auth<Custom> | undefined): Auth<Custom> {
  if (auth === undefined) throw new VerifierError("token_missing", "expected bearer() before this guard");
  return auth;
}

/**
 * The token belongs to this user.
 *
 * @example
 * assertUser(auth, params.user_id);
 *
 * @throws VerifierError `user_mismatch`, also when there is no user to compare with.
 */
export function assertUser(auth: Pick<Auth, "userId">, userId: string | undefined): void {
  if (auth.userId !== userId)
    throw new VerifierError("user_mismatch", "the token's sub is not the user addressed");
}

/**
 * The bearer has every one of these roles.
 *
 * @example
 * assertRoles(auth, ["admin"]);
 *
 * @throws VerifierError `role_missing`, naming the first one missing.
 */
export function assertRoles(auth: Pick<Auth, "roles">, wanted: Names): void {
  const missing = wanted.find((role) => !auth.roles.includes(role));
  if (missing !== undefined) throw lacking("role_missing", "role", missing);
}

/**
 * The bearer has every one of these permissions; see {@link permits} for wildcards.
 *
 * @example
 * assertPermissions(auth, ["tasks:read", "tasks:write"]);
 *
 * @throws VerifierError `permission_missing`, naming the first one missing.
 */
export function assertPermissions(auth: Pick<Auth, "permissions">, wanted: Names): void {
  const missing = wanted.find((permission) => !permits(auth.permissions, permission));
  if (missing !== undefined) throw lacking("permission_missing", "permission", missing);
}

/**
 * The token was granted every one of these scopes. The challenge names them all (RFC 6750 §3).
 *
 * @example
 * assertScopes(auth, ["tasks"]);
 *
 * @throws VerifierError `scope_missing`, naming the first one missing.
 */
export function assertScopes(auth: Pick<Auth, "scopes">, wanted: Names): void {
  const missing = wanted.find((scope) => !auth.scopes.includes(scope));
  if (missing !== undefined) throw lacking("scope_missing", "scope", missing, wanted.join(" "));
}

/** A refusal ready to be sent. @example const answer = ({ body, ...init }: Refusal) => new Response(body, init); */
export interface Refusal {
  readonly status: 401 | 403 | 503;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

// Seconds. The verifier itself asks for keys every 1 to 60 s while there are none.
const RETRY_AFTER = "5";
const TITLES = { 401: "Unauthorized", 403: "Forbidden", 503: "Service Unavailable" } as const;

/**
 * A refusal as problem details (RFC 9457) with its challenge (RFC 6750 §3). Shows public text only.
 *
 * @example
 * const { status, headers, body } = toRefusal(error);
 * response.writeHead(status, headers).end(body);
 */
export function toRefusal({ status, code, description, challenge }: VerifierError): Refusal {
  return {
    status,
    headers: {
      "content-type": "application/problem+json",
      "cache-control": "no-store",
      ...(challenge === null ? {} : { "www-authenticate": challenge }),
      ...(status === 503 ? { "retry-after": RETRY_AFTER } : {}),
    },
    body: JSON.stringify({ type: "about:blank", title: TITLES[status], status, detail: description, code }),
  };
}

function lacking(
  code: "role_missing" | "permission_missing" | "scope_missing",
  kind: string,
  name: string,
  scope?: string,
): VerifierError {
  const description = `The ${kind} ${name} is missing.`;
  return new VerifierError(code, description, scope === undefined ? { description } : { description, scope });
}
