// The Hono adapter: the shared suite, its types, and a browser's preflight.
import { getRequestListener } from "@hono/node-server";
import { type Auth, createVerifier } from "@keyturn/verifier";
import {
  type AuthEnv,
  bearer,
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
} from "@keyturn/verifier/hono";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { expect, expectTypeOf, test } from "vitest";
import { AUDIENCE, ISSUER, JWK } from "../support/forge.ts";
import { listen } from "../support/loopback.ts";
import { CORS, HANDLER_ERROR, replyOf, testAdapter } from "./suite.ts";

testAdapter({
  name: "hono",
  async start(verifier) {
    const app = new Hono()
      .use("/api/*", async (c, next) => {
        for (const [name, value] of Object.entries(CORS)) c.header(name, value);
        await next();
      })
      .get("/unguarded", requireRole("admin"), (c) => c.text("in"))
      .use(bearer(verifier))
      .get("/api/:user_id/tasks", requireUser("user_id"), (c) => {
        expectTypeOf(c.var.auth).toExtend<Auth>();
        expectTypeOf(c.var.auth.claims.plan).toEqualTypeOf<string | undefined>();
        return c.json(replyOf(c.var.auth));
      })
      .get("/admin/role", requireRole("admin", "owner"), (c) => c.text("in"))
      .get("/admin/permission", requirePermission("tasks:read", "tasks:write"), (c) => c.text("in"))
      .get("/admin/scope", requireScope("tasks", "profile"), (c) => c.text("in"))
      .get("/nobody", requireUser("user_id"), (c) => c.text("in"))
      .get("/throws", () => {
        throw HANDLER_ERROR;
      })
      .onError((error, c) => c.text(error.message, 418));
    return listen(getRequestListener(app.fetch));
  },
});

test("cors() before bearer answers a preflight, and lets a browser read a refusal", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  const app = new Hono<AuthEnv>()
    .use(cors({ origin: "https://app.example.com" }), bearer(verifier))
    .get("/", (c) => c.text("in"));
  const headers = { origin: "https://app.example.com", "access-control-request-method": "GET" };
  expect((await app.request("/", { method: "OPTIONS", headers })).status).toBe(204);
  const refused = await app.request("/", { headers });
  expect(refused.status).toBe(401);
  expect(refused.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
});
