// The Next.js adapter: the shared suite, by route handlers called as Next.js calls them, and the middleware.
import { createServer } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createVerifier, VerifierError } from "@keyturn/verifier";
import {
  bearer,
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
  withAuth,
} from "@keyturn/verifier/next";
import { expect, expectTypeOf, test } from "vitest";
import { AUDIENCE, forge, ISSUER, JWK } from "../support/forge.ts";
import { listen, type Running } from "../support/loopback.ts";
import { HANDLER_ERROR, replyOf, testAdapter } from "./suite.ts";

type RouteHandler = (
  request: Request,
  context: { params: Promise<Record<string, string | string[]>> },
) => Promise<Response>;
const letIn = (): Response => new Response("in");

/** Finds the route, and hands over a promise of its parameters. */
async function serve(routes: Readonly<Record<string, RouteHandler>>): Promise<Running> {
  const listener = getRequestListener(
    async (request) => {
      const [, first = "", ...rest] = new URL(request.url).pathname.split("/");
      const handler = routes[first === "api" ? first : [first, ...rest].join("/")];
      const params = Promise.resolve({ user_id: first === "api" ? decodeURIComponent(rest[0] ?? "") : rest });
      if (handler === undefined) return new Response(null, { status: 404 });
      return handler(request, { params }).catch(
        (error: Error) => new Response(error.message, { status: 418 }),
      );
    },
    { overrideGlobalObjects: false },
  );
  return listen(createServer(listener));
}

testAdapter({
  name: "next",
  start: async (verifier) =>
    serve({
      api: withAuth(
        verifier,
        (_request, { auth }) => {
          expectTypeOf(auth.claims.plan).toEqualTypeOf<string | undefined>();
          return Response.json(replyOf(auth));
        },
        requireUser("user_id"),
      ),
      "admin/role": withAuth(verifier, letIn, requireRole("admin", "owner")),
      "admin/permission": withAuth(verifier, letIn, requirePermission("tasks:read", "tasks:write")),
      "admin/scope": withAuth(verifier, letIn, requireScope("tasks", "profile")),
      nobody: withAuth(verifier, letIn, requireUser("user_id")),
      throws: withAuth(verifier, () => {
        throw HANDLER_ERROR;
      }),
    }),
  skips: {
    "keeps headers set before it, so that a browser can read the refusal":
      "a handler makes the whole answer; headers for all answers are next.config's",
    "a guard without bearer before it lets nobody in":
      "guards run only within withAuth and bearer, which verify",
  },
});

test("a middleware answers refusals and lets everything else go on", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  const proxy = bearer(verifier, requireUser("user_id", "/api/:user_id/*"));
  const ask = async (path: string, token?: string): Promise<number | undefined> =>
    (
      await proxy(
        new Request(
          `https://app.example.com${path}`,
          token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } },
        ),
      )
    )?.status;
  expect(await ask("/api/user_1/tasks")).toBe(401);
  expect(await ask("/api/user_2/tasks", forge())).toBe(403);
  expect(await ask("/api/user_1/tasks?user_id=user_2", forge())).toBeUndefined();
});

test("a guard of one's own is waited for", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  const GET = withAuth(verifier, letIn, async () => {
    await new Promise((resolve) => setTimeout(resolve, 5));
    throw new VerifierError("permission_missing", "not today");
  });
  const request = new Request("https://app.example.com/", {
    headers: { authorization: `Bearer ${forge()}` },
  });
  expect((await GET(request, {})).status).toBe(403);
});
