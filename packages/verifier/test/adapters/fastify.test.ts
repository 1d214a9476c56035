// The Fastify adapter: the shared suite, by the plugin, and the reach of a hook on one route.
import { createVerifier, requireAuth } from "@keyturn/verifier";
import {
  bearer,
  keyturn,
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
} from "@keyturn/verifier/fastify";
import fastify, { type FastifyInstance } from "fastify";
import { expect, expectTypeOf, test } from "vitest";
import { AUDIENCE, forge, ISSUER, JWK } from "../support/forge.ts";
import type { Running } from "../support/loopback.ts";
import { CORS, HANDLER_ERROR, type Plan, replyOf, testAdapter } from "./suite.ts";

declare module "@keyturn/verifier/fastify" {
  interface CustomClaims extends Plan {}
}

async function listen(app: FastifyInstance): Promise<Running> {
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { url, [Symbol.asyncDispose]: async () => app.close() };
}

testAdapter({
  name: "fastify",
  async start(verifier) {
    const app = fastify({ forceCloseConnections: true });
    app.setErrorHandler((error: Error, _request, reply) => reply.code(418).send(error.message));
    app.get("/unguarded", { onRequest: requireRole("admin") }, () => "in");
    app.register(async (api) => {
      api.addHook("onRequest", async (request, reply) => {
        if (request.url.startsWith("/api")) reply.headers(CORS);
      });
      await api.register(keyturn, { verifier });
      const method = ["GET", "OPTIONS"];
      api.route<{ Params: { user_id: string } }>({
        method,
        url: "/api/:user_id/tasks",
        onRequest: requireUser("user_id"),
        handler: (request) => {
          expectTypeOf(request.auth?.claims.plan).toEqualTypeOf<string | undefined>();
          return replyOf(requireAuth(request.auth));
        },
      });
      api.get("/admin/role", { onRequest: requireRole("admin", "owner") }, () => "in");
      api.get("/admin/permission", { onRequest: requirePermission("tasks:read", "tasks:write") }, () => "in");
      api.get("/admin/scope", { preHandler: requireScope("tasks", "profile") }, () => "in");
      api.get("/nobody", { onRequest: requireUser("user_id") }, () => "in");
      api.get("/throws", () => {
        throw HANDLER_ERROR;
      });
    });
    return listen(app);
  },
});

test("the plugin asks only within the scope that registers it, and may be registered again below", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  const app = fastify({ forceCloseConnections: true });
  app.get("/open", () => "open");
  app.register(async (outer) => {
    await outer.register(keyturn, { verifier });
    outer.get("/outer", () => "outer");
    outer.register(async (inner) => {
      await inner.register(keyturn, { verifier });
      inner.get("/inner", () => "inner");
    });
  });
  app.get("/one", { onRequest: [bearer(verifier), requireUser("user_id")] }, () => "one");
  await using server = await listen(app);
  const headers = { authorization: `Bearer ${forge()}` };
  const statusOf = async (path: string, init = {}): Promise<number> =>
    (await fetch(server.url + path, init)).status;
  expect([await statusOf("/open"), await statusOf("/outer"), await statusOf("/inner")]).toEqual([
    200, 401, 401,
  ]);
  expect([await statusOf("/outer", { headers }), await statusOf("/inner", { headers })]).toEqual([200, 200]);
  expect([await statusOf("/one"), await statusOf("/one", { headers })]).toEqual([401, 403]);
});

test("a request is refused before its body is read", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  const app = fastify({ forceCloseConnections: true });
  await app.register(keyturn, { verifier });
  app.post("/", () => "in");
  await using server = await listen(app);
  const init = { method: "POST", body: "{ not JSON", headers: { "content-type": "application/json" } };
  expect((await fetch(server.url, init)).status).toBe(401);
});
