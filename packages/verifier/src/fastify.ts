// Owns the glue between the guards and Fastify: where the token comes from, where `auth` goes, how a refusal is sent.
// Decides nothing itself (guards.ts), and takes only types from Fastify.
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from "fastify";
import * as admit from "./admit.ts";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { type Names, readBearer, requireAuth, toRefusal } from "./guards.ts";
import type { Verifier } from "./verifier.ts";

/** Claims of your own. @example declare module "@keyturn/verifier/fastify" { interface CustomClaims { plan: string } } */
export interface CustomClaims {}

declare module "fastify" {
  interface FastifyRequest {
    auth?: Auth<CustomClaims>;
  }
}

/**
 * For `onRequest`, before a body is read, and for every later hook.
 *
 * @example
 * const onRequest: Hook[] = [bearer(verifier), requireRole("admin")];
 */
export type Hook = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;
type Verifies = Pick<Verifier<CustomClaims>, "verify">;

/**
 * Verifies every request of the scope it is registered in, and decorates `request.auth`.
 *
 * @example
 * app.register(async (api) => {
 *   await api.register(keyturn, { verifier });
 *   api.get("/api/:user_id/tasks", { onRequest: requireUser("user_id") }, handler);
 * });
 */
export const keyturn: FastifyPluginCallback<{ readonly verifier: Verifies }> = Object.assign(
  (app: FastifyInstance, { verifier }: { readonly verifier: Verifies }, done: () => void) => {
    if (!app.hasRequestDecorator("auth")) app.decorateRequest("auth", undefined);
    app.addHook("onRequest", bearer(verifier));
    done();
  },
  // What fastify-plugin does: the hook is for the scope that registers the plugin, not for one of its own.
  { [Symbol.for("skip-override")]: true },
);

/** Verifies `Authorization: Bearer` on one route. @example app.get("/", { onRequest: [bearer(verifier)] }, handler) */
export const bearer = (verifier: Verifies): Hook =>
  answering(async (request) => {
    request.auth = await verifier.verify(readBearer(request.headers.authorization));
  });

/** 403 unless the path's `param` is the token's `sub`. @example { onRequest: requireUser("user_id") } */
export const requireUser = (param: string): Hook => guarding(admit.requireUser(param));

/** 403 unless the bearer has each role. @example { onRequest: requireRole("admin") } */
export const requireRole = (...names: Names): Hook => guarding(admit.requireRole(...names));

/** 403 unless the bearer has each permission. @example { onRequest: requirePermission("tasks:read") } */
export const requirePermission = (...names: Names): Hook => guarding(admit.requirePermission(...names));

/** 403 unless the token has each scope (RFC 6750 §3.1). @example { onRequest: requireScope("tasks") } */
export const requireScope = (...names: Names): Hook => guarding(admit.requireScope(...names));

const guarding = (guard: admit.Guard<FastifyRequest>): Hook =>
  answering((request) => guard(requireAuth(request.auth), request));

function answering(check: (request: FastifyRequest) => void | Promise<void>): Hook {
  return async (request, reply) => {
    try {
      await check(request);
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error;
      const { status, headers, body } = toRefusal(error);
      return reply.code(status).headers(headers).send(body);
    }
    return undefined;
  };
}
