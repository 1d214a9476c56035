// Owns the glue between the guards and Node's own request, which Express hands on as it is: where the token and the
// path's parameters come from, where `auth` goes. Decides nothing itself (guards.ts); imports no framework.
import type { IncomingMessage, ServerResponse } from "node:http";
import * as admit from "./admit.ts";
import type { Auth } from "./auth.ts";
import { type Names, readBearer, requireAuth } from "./guards.ts";
import { answering, type Middleware, type NodeRequest, passes } from "./node-middleware.ts";
import type { Verifier } from "./verifier.ts";

export type { Middleware, NodeRequest, WithAuth } from "./node-middleware.ts";

type Verifies<Custom extends object> = Pick<Verifier<Custom>, "verify">;

/** Verifies `Authorization: Bearer` (RFC 6750 §2.1) and sets `req.auth`. @example app.use("/api", bearer(verifier)) */
export const bearer = <Custom extends object>(verifier: Verifies<Custom>): Middleware<Custom> =>
  answering<Custom>(async (req) => {
    req.auth = await verifyRequest(verifier, req);
  });

/**
 * 403 unless the path's `param` is the token's `sub`. Express knows its parameters; without a router give the `path`.
 *
 * @example
 * app.get("/api/:user_id/tasks", requireUser("user_id"), handler);
 *
 * @example
 * createServer(withAuth(verifier, handler, requireUser("user_id", "/api/:user_id/*")));
 */
export const requireUser = (param: string, path?: string): Middleware =>
  guarding(admit.requireUser(param, path));

/** 403 unless the bearer has each role. @example app.delete("/tasks", requireRole("admin"), handler) */
export const requireRole = (...names: Names): Middleware => guarding(admit.requireRole(...names));

/** 403 unless the bearer has each permission. @example app.get("/", requirePermission("tasks:read"), handler) */
export const requirePermission = (...names: Names): Middleware => guarding(admit.requirePermission(...names));

/** 403 unless the token has each scope (RFC 6750 §3.1). @example app.get("/", requireScope("tasks"), handler) */
export const requireScope = (...names: Names): Middleware => guarding(admit.requireScope(...names));

/** Who is calling; rejects with a `VerifierError`. @example const { userId } = await verifyRequest(verifier, req); */
export const verifyRequest = async <Custom extends object>(
  verifier: Verifies<Custom>,
  req: Pick<IncomingMessage, "headers">,
): Promise<Auth<Custom>> => verifier.verify(readBearer(req.headers.authorization));

/**
 * A listener for `node:http` that is called only for those whom the token and every guard let in.
 *
 * @example
 * createServer(withAuth(verifier, (req, res, auth) => res.end(auth.userId), requireRole("admin")));
 */
export function withAuth<Custom extends object>(
  verifier: Verifies<Custom>,
  handler: (req: IncomingMessage, res: ServerResponse, auth: Auth<Custom>) => unknown,
  ...middlewares: Middleware<Custom>[]
): (req: NodeRequest<Custom>, res: ServerResponse) => Promise<void> {
  const steps = [bearer(verifier), ...middlewares];
  return async (req, res) => {
    for (const step of steps) if (!(await passes(step, req, res))) return;
    await handler(req, res, requireAuth(req.auth));
  };
}

const guarding = (guard: admit.Guard<NodeRequest>): Middleware =>
  answering((req) => guard(requireAuth(req.auth), req));
