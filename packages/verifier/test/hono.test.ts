// The Hono adapter over real requests to a Hono app: who gets in, and what the others are told.
import { type Auth, createVerifier, toRefusal, VerifierError } from "@keyturn/verifier";
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
import { describe, expect, expectTypeOf, test } from "vitest";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "./support/forge.ts";
import { startIssuer } from "./support/issuer.ts";

const verifier = createVerifier<{ plan?: string }>({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: { keys: [JWK] },
});

const app = new Hono()
  .use("/api/*", cors({ origin: "https://app.example.com", exposeHeaders: ["www-authenticate"] }))
  .use("/api/:user_id/*", bearer(verifier), requireUser("user_id"))
  .get("/api/:user_id/tasks", (c) => {
    expectTypeOf(c.var.auth).toExtend<Auth>();
    expectTypeOf(c.var.auth.claims.plan).toEqualTypeOf<string | undefined>();
    return c.json({ userId: c.var.auth.userId, plan: c.var.auth.claims.plan });
  })
  .use("/admin/*", bearer(verifier))
  .get("/admin/role", requireRole("admin", "owner"), (c) => c.text("in"))
  .get("/admin/permission", requirePermission("tasks:read", "tasks:write"), (c) => c.text("in"))
  .get("/admin/scope", requireScope("tasks", "profile"), (c) => c.text("in"))
  .get("/unguarded", requireRole("admin"), (c) => c.text("in"))
  .get("/nobody", bearer(verifier), requireUser("user_id"), (c) => c.text("in"));

const get = async (path: string, authorization?: string): Promise<Response> =>
  app.request(path, authorization === undefined ? {} : { headers: { authorization } });
const getAs = async (path: string, claims: object): Promise<Response> => get(path, `Bearer ${forge(claims)}`);

describe("bearer", () => {
  test("lets a good token in and leaves who is calling in c.var.auth", async () => {
    const response = await getAs("/api/user_1/tasks", { plan: "pro" });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ userId: "user_1", plan: "pro" });
  });

  test.each(["bearer", "BEARER", "Bearer "])("does not mind the scheme written %j", async (scheme) => {
    expect((await get("/api/user_1/tasks", `${scheme} ${forge()}`)).status).toBe(200);
  });

  test.each([undefined, "", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "DPoP abc"])(
    "asks for a token, without calling anything an error, when there is none: %s",
    async (authorization) => {
      const response = await get("/api/user_1/tasks", authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await response.json()).toMatchObject({ status: 401, code: "token_missing" });
    },
  );

  test("answers a bad token with 401, a challenge and problem details", async () => {
    const response = await getAs("/api/user_1/tasks", { exp: inSeconds(-60) });
    expect(response.status).toBe(401);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer error="invalid_token", error_description="The access token has expired."',
    );
    expect(await response.json()).toEqual({
      type: "about:blank",
      title: "Unauthorized",
      status: 401,
      detail: "The access token has expired.",
      code: "token_expired",
    });
  });

  test("keeps the headers of the middleware around it, so a browser can read the refusal", async () => {
    const response = await app.request("/api/user_1/tasks", {
      headers: { origin: "https://app.example.com" },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example.com");
  });

  test("refuses two tokens in one header", async () => {
    const response = await get("/api/user_1/tasks", `Bearer ${forge()}, Bearer ${forge()}`);
    expect(await response.json()).toMatchObject({ status: 401, code: "token_malformed" });
  });

  test("answers 503 without a challenge when there are no keys to verify with", async () => {
    await using issuer = await startIssuer();
    issuer.instead = (response) => response.destroy();
    const waiting = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
    const route = new Hono().get("/", bearer(waiting), (c) => c.text("in"));
    const headers = { authorization: `Bearer ${await issuer.token()}` };
    const response = await route.request("/", { headers });
    expect(response.status).toBe(503);
    expect(response.headers.has("www-authenticate")).toBe(false);
    expect(await response.text()).not.toContain("127.0.0.1");
    waiting.close();
  });

  test("leaves an error that is not a refusal to the app", async () => {
    const broken = { verify: async () => Promise.reject(new Error("a bug")) };
    const route = new Hono().get("/", bearer(broken), (c) => c.text("in"));
    route.onError((error, c) => c.text(error.message, 500));
    const response = await route.request("/", { headers: { authorization: "Bearer a" } });
    expect([response.status, await response.text()]).toEqual([500, "a bug"]);
  });

  test("leaves a handler's VerifierError to the app too", async () => {
    const route = new Hono<AuthEnv>().get("/", bearer(verifier), () => {
      throw new VerifierError("role_missing", "from the handler");
    });
    route.onError((error, c) => c.text(error.message, 418));
    const response = await route.request("/", { headers: { authorization: `Bearer ${forge()}` } });
    expect(response.status).toBe(418);
  });
});

describe("a guard", () => {
  test("requireUser keeps one user out of another's path", async () => {
    const response = await get("/api/user_2/tasks", `Bearer ${forge()}`);
    expect(response.status).toBe(403);
    expect(response.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    expect(await response.json()).toMatchObject({ title: "Forbidden", code: "user_mismatch" });
  });

  test("requireUser compares the decoded path", async () => {
    const response = await get("/api/a%20b/tasks", `Bearer ${forge({ sub: "a b" })}`);
    expect(response.status).toBe(200);
  });

  test("requireUser lets nobody in where the path has no such parameter", async () => {
    expect((await getAs("/nobody", { sub: "undefined" })).status).toBe(403);
  });

  test.each([
    ["/admin/role", { roles: ["admin"] }, "role_missing", "owner"],
    ["/admin/role", {}, "role_missing", "admin"],
    ["/admin/permission", { permissions: ["tasks:read"] }, "permission_missing", "tasks:write"],
    ["/admin/permission", { permissions: ["billing:*"] }, "permission_missing", "tasks:read"],
    ["/admin/scope", { scope: "tasks" }, "scope_missing", "profile"],
  ])("%s with %j is 403 and names what was missing", async (path, claims, code, missing) => {
    const response = await getAs(path, claims);
    expect(response.status).toBe(403);
    const challenge = response.headers.get("www-authenticate");
    expect(challenge).toContain('error="insufficient_scope"');
    expect(challenge).toContain(missing);
    expect(await response.json()).toMatchObject({ code, detail: expect.stringContaining(missing) });
  });

  test("requireScope names all the scopes it wants in the challenge", async () => {
    const response = await getAs("/admin/scope", { scope: "tasks" });
    expect(response.headers.get("www-authenticate")).toContain('scope="tasks profile"');
  });

  test.each([
    ["/admin/role", { roles: ["member", "admin", "owner"] }],
    ["/admin/permission", { permissions: ["tasks:*"] }],
    ["/admin/permission", { permissions: ["*"] }],
    ["/admin/scope", { scope: "profile tasks" }],
  ])("%s lets %j in", async (path, claims) => {
    expect((await getAs(path, claims)).status).toBe(200);
  });

  test("without bearer before it lets nobody in", async () => {
    expect((await get("/unguarded", `Bearer ${forge({ roles: ["admin"] })}`)).status).toBe(401);
  });
});

test("what a guard is asked for cannot break out of the challenge", () => {
  const error = new VerifierError("scope_missing", "log", { description: 'a"b\\c\r\nd', scope: 'x" y' });
  expect(error.challenge).toBe(
    'Bearer error="insufficient_scope", error_description="a?b?c??d", scope="x? y"',
  );
  expect(toRefusal(error).headers["www-authenticate"]).toBe(error.challenge);
});
