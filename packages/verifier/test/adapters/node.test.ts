// The Node adapter without a framework: the shared suite, with routes made by hand.
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createVerifier, VerifierError } from "@keyturn/verifier";
import {
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
  verifyRequest,
  withAuth,
} from "@keyturn/verifier/node";
import { expect, expectTypeOf, test } from "vitest";
import { AUDIENCE, forge, ISSUER, JWK } from "../support/forge.ts";
import { listen } from "../support/loopback.ts";
import { CORS, HANDLER_ERROR, replyOf, testAdapter } from "./suite.ts";

type Listener = (request: IncomingMessage, response: ServerResponse) => Promise<void>;
const letIn = (_request: IncomingMessage, response: ServerResponse): unknown => response.end("in");

/** What a program without a framework does: finds the route by the path, and answers what its listener rejects with. */
function routed(routes: Readonly<Record<string, Listener>>): RequestListener {
  return async (request, response) => {
    const [, first = "", ...rest] = new URL(request.url ?? "", "http://localhost").pathname.split("/");
    if (first === "api") for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
    const listener = routes[first === "api" ? first : [first, ...rest].join("/")];
    await listener?.(request, response).catch((error: Error) => {
      response.writeHead(418).end(error.message);
    });
  };
}

testAdapter({
  name: "node:http",
  start: async (verifier) =>
    listen(
      routed({
        api: withAuth(
          verifier,
          (_request, response, auth) => {
            expectTypeOf(auth.claims.plan).toEqualTypeOf<string | undefined>();
            response.end(JSON.stringify(replyOf(auth)));
          },
          requireUser("user_id", "/api/:user_id/*"),
        ),
        "admin/role": withAuth(verifier, letIn, requireRole("admin", "owner")),
        "admin/permission": withAuth(verifier, letIn, requirePermission("tasks:read", "tasks:write")),
        "admin/scope": withAuth(verifier, letIn, requireScope("tasks", "profile")),
        nobody: withAuth(verifier, letIn, requireUser("user_id")),
        unguarded: (request, response) =>
          requireRole("admin")(request, response, () => void letIn(request, response)),
        throws: withAuth(verifier, () => {
          throw HANDLER_ERROR;
        }),
      }),
    ),
});

test("verifyRequest says who is calling, to a program that answers by itself", async () => {
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  await using server = await listen(async (request, response) => {
    try {
      response.end((await verifyRequest(verifier, request)).userId);
    } catch (error) {
      response.end(error instanceof VerifierError ? error.code : "a bug");
    }
  });
  const headers = { authorization: `Bearer ${forge()}` };
  expect(await (await fetch(server.url, { headers })).text()).toBe("user_1");
  expect(await (await fetch(server.url)).text()).toBe("token_missing");
});
