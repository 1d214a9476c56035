// Owns letting a request in where no chain of middlewares does it: verify, then every guard in order. Decides nothing
// itself (guards.ts) and sends nothing; next.ts, ws.ts and grpc.ts turn its outcome into their answers.
import type { Auth } from "./auth.ts";
import {
  assertPermissions,
  assertRoles,
  assertScopes,
  assertUser,
  type Names,
  readBearer,
} from "./guards.ts";
import { paramReader } from "./path.ts";
import type { Verifier } from "./verifier.ts";

/**
 * A question about a bearer and what is asked for; throws a `VerifierError` where the answer is no.
 *
 * @example
 * const inOffice: Guard = (auth) => {
 *   if (auth.organizationId !== "acme") throw new VerifierError("permission_missing", "not of acme");
 * };
 */
export type Guard<Asked = unknown> = (auth: Auth, asked: Asked) => void | Promise<void>;

/** What is asked for: a URL or a request's target, and the parameters of its path where a router has found some. */
export interface Addressed {
  readonly url?: string | undefined;
  readonly params?: unknown;
}

/**
 * Refuses whom the path's `param` does not name. Without a router to ask, `path` says where it stands.
 *
 * @example
 * requireUser("user_id")
 *
 * @example
 * requireUser("user_id", "/api/:user_id/*")
 */
export function requireUser(param: string, path?: string): Guard<Addressed> {
  const read = path === undefined ? undefined : paramReader(param, path);
  return (auth, { url = "", params }) => {
    const fields: ReadonlyMap<string, unknown> = new Map(Object.entries(params ?? {}));
    const user = read === undefined ? fields.get(param) : read(url);
    assertUser(auth, typeof user === "string" ? user : undefined);
  };
}

/** Refuses who lacks one of the roles. @example requireRole("admin") */
export const requireRole =
  (...names: Names): Guard =>
  (auth) =>
    assertRoles(auth, names);

/** Refuses who lacks one of the permissions, wildcards included. @example requirePermission("tasks:read") */
export const requirePermission =
  (...names: Names): Guard =>
  (auth) =>
    assertPermissions(auth, names);

/** Refuses tokens without one of the scopes. @example requireScope("tasks") */
export const requireScope =
  (...names: Names): Guard =>
  (auth) =>
    assertScopes(auth, names);

/** Who is calling, if the token is good and no guard objects. Rejects with a VerifierError otherwise. */
export async function admit<Custom extends object, Asked>(
  verifier: Pick<Verifier<Custom>, "verify">,
  authorization: string | null | undefined,
  guards: readonly Guard<Asked>[],
  asked: Asked,
): Promise<Auth<Custom>> {
  const auth = await verifier.verify(readBearer(authorization));
  for (const guard of guards) await guard(auth, asked);
  return auth;
}
