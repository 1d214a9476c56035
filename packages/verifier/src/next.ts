// Owns the glue between the guards and the web's own Request and Response, as Next.js has them: where the token and
// the path's parameters come from, how a refusal is sent. Decides nothing itself (guards.ts); imports no framework.
import { type Addressed, admit, type Guard } from "./admit.ts";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { toRefusal } from "./guards.ts";
import type { Verifier } from "./verifier.ts";

export { type Guard, requirePermission, requireRole, requireScope, requireUser } from "./admit.ts";

/**
 * The second argument of a route handler; Next.js before 15 has the parameters at once.
 *
 * @example
 * const context: RouteContext = { params: Promise.resolve({ user_id: "user_1" }) };
 */
export interface RouteContext {
  readonly params?: object | Promise<object>;
}

type Verifies<Custom extends object> = Pick<Verifier<Custom>, "verify">;

/**
 * A route handler that is called only for those whom the token and every guard let in; it finds `auth` in its context.
 *
 * @example
 * // app/api/[user_id]/tasks/route.ts
 * export const GET = withAuth(verifier, (request, { auth }) => Response.json(auth), requireUser("user_id"));
 */
export const withAuth =
  <R extends Request, Context extends RouteContext, Custom extends object>(
    verifier: Verifies<Custom>,
    handler: (request: R, context: Context & { readonly auth: Auth<Custom> }) => Response | Promise<Response>,
    ...guards: Guard<Addressed>[]
  ): ((request: R, context: Context) => Promise<Response>) =>
  async (request, context) => {
    const outcome = await admitOrRefuse(verifier, guards, request, await context.params);
    return outcome instanceof Response ? outcome : handler(request, { ...context, auth: outcome });
  };

/**
 * For middleware.ts or proxy.ts: a refusal, or `undefined` for a request that may go on. Handlers ask again by
 * `withAuth`: what a middleware adds to a request, a client could have sent.
 *
 * @example
 * // proxy.ts
 * export const proxy = bearer(verifier, requireUser("user_id", "/api/:user_id/*"));
 * export const config = { matcher: "/api/:path*" };
 */
export const bearer =
  (
    verifier: Verifies<object>,
    ...guards: Guard<Addressed>[]
  ): ((request: Request) => Promise<Response | undefined>) =>
  async (request) => {
    const outcome = await admitOrRefuse(verifier, guards, request);
    return outcome instanceof Response ? outcome : undefined;
  };

async function admitOrRefuse<Custom extends object>(
  verifier: Verifies<Custom>,
  guards: readonly Guard<Addressed>[],
  { url, headers }: Request,
  params?: object,
): Promise<Auth<Custom> | Response> {
  try {
    return await admit(verifier, headers.get("authorization"), guards, { url, params });
  } catch (error) {
    if (!(error instanceof VerifierError)) throw error;
    const { body, ...init } = toRefusal(error);
    return new Response(body, init);
  }
}
