// Owns the glue between the guards and Hono: where the token comes from, where `auth` goes, how a refusal is sent.
// Decides nothing itself (guards.ts), and takes only types from Hono.
import type { Context, MiddlewareHandler } from "hono";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import * as guards from "./guards.ts";
import type { Verifier } from "./verifier.ts";

/** What `bearer` leaves for handlers. @example new Hono<AuthEnv>().get("/", (c) => c.text(c.var.auth.userId)) */
export type AuthEnv<Custom extends object = object> = { Variables: { auth: Auth<Custom> } };
type Guard<Custom extends object = object> = MiddlewareHandler<AuthEnv<Custom>>;

/** Verifies `Authorization: Bearer` (RFC 6750 §2.1), sets `c.var.auth`. @example app.use("/api/*", bearer(verifier)) */
export const bearer = <Custom extends object>(verifier: Pick<Verifier<Custom>, "verify">): Guard<Custom> =>
  answering<AuthEnv<Custom>>(async (c) => {
    c.set("auth", await verifier.verify(guards.readBearer(c.req.header("authorization"))));
  });

/** 403 unless the path's `param` is the token's `sub`. @example app.use("/api/:user_id/*", requireUser("user_id")) */
export const requireUser = (param: string): Guard =>
  guard((auth, c) => guards.assertUser(auth, c.req.param(param)));

/** 403 unless the bearer has each role. @example app.delete("/tasks", requireRole("admin"), handler) */
export const requireRole = (...names: guards.Names): Guard =>
  guard((auth) => guards.assertRoles(auth, names));

/** 403 unless the bearer has each permission. @example app.get("/", requirePermission("tasks:read"), handler) */
export const requirePermission = (...names: guards.Names): Guard =>
  guard((auth) => guards.assertPermissions(auth, names));

/** 403 unless the token has each scope (RFC 6750 §3.1). @example app.get("/", requireScope("tasks"), handler) */
export const requireScope = (...names: guards.Names): Guard =>
  guard((auth) => guards.assertScopes(auth, names));

const guard = (check: (auth: Auth, c: Context<AuthEnv>) => void): Guard =>
  answering<AuthEnv>((c) => check(guards.requireAuth(c.get("auth")), c));

function answering<E extends AuthEnv>(check: (c: Context<E>) => void | Promise<void>): MiddlewareHandler<E> {
  return async (c, next) => {
    try {
      await check(c);
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      const { body, status, headers } = guards.toRefusal(error);
      return c.body(body, status, headers);
    }
    return await next();
  };
}
