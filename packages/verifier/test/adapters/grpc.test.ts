// The gRPC adapter, with grpc-js at both ends: calls of all four kinds, public methods, and calls that outlive a token.
import { once } from "node:events";
import { connect } from "node:http2";
import { Metadata, status } from "@grpc/grpc-js";
import { createVerifier } from "@keyturn/verifier";
import {
  bearer,
  type CallOptions,
  requirePermission,
  requireRole,
  requireScope,
  requireUser,
} from "@keyturn/verifier/grpc";
import { describe, expect, expectTypeOf, test, vi } from "vitest";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "../support/forge.ts";
import { startIssuer } from "../support/issuer.ts";
import {
  createCaller,
  KINDS,
  type Outcome,
  pathOf,
  STAY,
  startTasks,
  type TasksServer,
} from "./tasks-service.ts";

const verifier = createVerifier<{ plan?: string }>({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: { keys: [JWK] },
});
const good = (claims: object = {}): string => `Bearer ${forge(claims)}`;
const exp = (seconds: number): number => Date.now() / 1000 + seconds;

async function start(
  options: CallOptions = {},
  verifies: Pick<typeof verifier, "verify"> = verifier,
): Promise<TasksServer> {
  const { interceptor, authOf } = bearer(verifies, { publicMethods: [pathOf("Check")], ...options });
  return startTasks([interceptor], authOf);
}

const everyMethod = (...guards: NonNullable<CallOptions["methods"]>[string]): CallOptions => ({
  methods: Object.fromEntries(KINDS.map((kind) => [pathOf(kind), guards])),
});

describe.each(KINDS)("a call of %s", (kind) => {
  test("with a good token reaches the handler, which knows who is calling", async () => {
    await using server = await start();
    using caller = createCaller(server.address);
    const outcome = await caller.call(kind, good());
    expect(outcome).toMatchObject({ code: status.OK, texts: ["hello user_1"] });
  });

  test.each([
    ["no token", undefined, "token_missing"],
    ["another scheme", "Basic dXNlcjpwYXNz", "token_missing"],
    ["a malformed token", "Bearer a.b", "token_malformed"],
    ["an expired token", good({ exp: inSeconds(-60) }), "token_expired"],
    ["a token for another audience", good({ aud: "https://other.example.com" }), "audience_refused"],
  ])("with %s is UNAUTHENTICATED and never reaches the handler", async (_, authorization, errorCode) => {
    await using server = await start();
    using caller = createCaller(server.address);
    const outcome = await caller.call(kind, authorization);
    expect(outcome).toMatchObject({ code: status.UNAUTHENTICATED, errorCode, texts: [] });
    expect(server.handled).toEqual([]);
    expectNoTokenIn(outcome, authorization);
  });

  test.each([
    [requireRole("admin"), "role_missing", "The role admin is missing."],
    [requirePermission("tasks:write"), "permission_missing", "The permission tasks:write is missing."],
    [requireScope("tasks"), "scope_missing", "The scope tasks is missing."],
  ])(
    "without what its method asks for is PERMISSION_DENIED and named %#",
    async (guard, errorCode, details) => {
      await using server = await start(everyMethod(guard));
      using caller = createCaller(server.address);
      const outcome = await caller.call(kind, good({ permissions: ["tasks:read"] }));
      expect(outcome).toEqual({ code: status.PERMISSION_DENIED, errorCode, details, texts: [] });
      expect(server.handled).toEqual([]);
      const claims = { roles: ["admin"], permissions: ["tasks:*"], scope: "tasks" };
      expect((await caller.call(kind, good(claims))).code).toBe(status.OK);
    },
  );

  test("whose message is about another user is PERMISSION_DENIED", async () => {
    await using server = await start(everyMethod(requireUser("user")));
    using caller = createCaller(server.address);
    expect((await caller.call(kind, good())).code).toBe(status.OK);
    for (const message of [{ user: "user_2" }, {}, { text: "user_1" }]) {
      const outcome = await caller.call(kind, good(), [{ ...message, text: "heard" }]);
      expect(outcome).toMatchObject({ code: status.PERMISSION_DENIED, errorCode: "user_mismatch" });
    }
    expect(server.handled).not.toContain("heard");
  });

  test("is UNAVAILABLE while there are no keys", async () => {
    await using issuer = await startIssuer();
    issuer.instead = (response) => response.destroy();
    const waiting = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
    await using server = await start({}, waiting);
    using caller = createCaller(server.address);
    const outcome = await caller.call(kind, `Bearer ${await issuer.token()}`);
    expect(outcome).toMatchObject({ code: status.UNAVAILABLE, errorCode: "keys_unavailable" });
    expect(outcome.details).not.toContain("127.0.0.1");
    waiting.close();
  });

  test("is UNKNOWN, and tells nothing, when a guard has a bug", async () => {
    await using server = await start(
      everyMethod(() => {
        throw new Error("a secret of ours");
      }),
    );
    using caller = createCaller(server.address);
    expect(await caller.call(kind, good())).toEqual({
      code: status.UNKNOWN,
      details: "Unknown error",
      errorCode: undefined,
      texts: [],
    });
  });
});

describe("a public method", () => {
  test.each([undefined, "Bearer a.b", good({ exp: inSeconds(-60) })])(
    "may be called by anyone: %s",
    async (authorization) => {
      await using server = await start();
      using caller = createCaller(server.address);
      expect(await caller.call("Check", authorization)).toMatchObject({ code: status.OK, texts: ["up"] });
    },
  );

  test("is only the one listed, to the letter", async () => {
    await using server = await start({
      publicMethods: ["/test.Tasks/check", "/Test.Tasks/Check", "/test.Tasks/Che"],
    });
    using caller = createCaller(server.address);
    expect((await caller.call("Check")).code).toBe(status.UNAUTHENTICATED);
  });
});

test("a unary call whose token expires while it is handled is answered all the same", async () => {
  await using server = await start();
  using caller = createCaller(server.address);
  const authorization = good({ exp: exp(STAY / 2000) });
  const begun = Date.now();
  const outcome = await caller.call("Get", authorization, [{ text: "stay" }]);
  expect(Date.now() - begun).toBeGreaterThan(STAY / 2);
  expect(outcome).toMatchObject({ code: status.OK, texts: ["hello user_1"] });
});

describe("a stream", () => {
  test.each(["List", "Chat"] as const)(
    "of %s ends with UNAUTHENTICATED when its token expires",
    async (kind) => {
      await using server = await start();
      using caller = createCaller(server.address);
      const outcome = await caller.call(kind, good({ exp: exp(0.3) }), [{ text: "stay" }]);
      expect(outcome).toMatchObject({ code: status.UNAUTHENTICATED, errorCode: "token_expired" });
      expect(outcome.texts.length).toBeGreaterThan(5);
      await vi.waitFor(() => expect(server.cancelled).toBe(1));
    },
  );

  test("whose client was slow to read what came before still says why it ended", async () => {
    await using server = await start();
    const client = connect(`http://${server.address}`);
    const authorization = good({ exp: exp(0.3) });
    const stream = client.request({
      ":method": "POST",
      ":path": pathOf("List"),
      "content-type": "application/grpc",
      authorization,
    });
    // One message (gRPC over HTTP/2: a flag, a length, the bytes).
    stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, 15]), Buffer.from('{"text":"stay"}')]));
    await new Promise((resolve) => setTimeout(resolve, 500));
    stream.resume();
    const [trailers] = await once(stream, "trailers");
    expect(trailers).toMatchObject({ "grpc-status": "16", "error-code": "token_expired" });
    client.destroy();
  });

  test("from a client that only waits ends as well", async () => {
    await using server = await start();
    using caller = createCaller(server.address);
    const outcome = await caller.call("Upload", good({ exp: exp(0.2) }), [{ text: "stay" }]);
    expect(outcome).toMatchObject({ code: status.UNAUTHENTICATED, errorCode: "token_expired" });
    expect(server.handled).toEqual(["Upload", "stay"]);
  });

  test.each(["Upload", "Chat"] as const)(
    "of %s ends at the first message about another user",
    async (kind) => {
      await using server = await start(everyMethod(requireUser("user")));
      using caller = createCaller(server.address);
      const outcome = await caller.call(kind, good(), [
        { user: "user_1", text: "first" },
        { user: "user_2", text: "second" },
        { user: "user_1", text: "third" },
      ]);
      expect(outcome).toMatchObject({ code: status.PERMISSION_DENIED, errorCode: "user_mismatch" });
      await vi.waitFor(() => expect(server.cancelled).toBe(1));
      expect(server.handled).toEqual([kind, "first"]);
    },
  );
});

test("a call that is over before its token is verified never reaches the handler", async () => {
  const asked = Promise.withResolvers<void>();
  const verified = Promise.withResolvers<void>();
  const verify: typeof verifier.verify = async (token) => {
    asked.resolve();
    await verified.promise;
    return verifier.verify(token);
  };
  await using server = await start({}, { verify });
  using caller = createCaller(server.address);
  const outcome = caller.call("Upload", good());
  await asked.promise;
  caller.cancel();
  expect((await outcome).code).toBe(status.CANCELLED);
  await new Promise((resolve) => setTimeout(resolve, 50));
  verified.resolve();
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(server.handled).toEqual([]);
});

test("authOf knows the claims of one's own, and nobody in a call that was not verified", async () => {
  const { authOf } = bearer(verifier);
  expectTypeOf<ReturnType<typeof authOf>["claims"]["plan"]>().toEqualTypeOf<string | undefined>();
  expect(() => authOf({ metadata: new Metadata() })).toThrow(
    expect.objectContaining({ code: "token_missing" }),
  );
});

test.each([
  [{ publicMethods: ["Check"] }],
  [{ publicMethods: ["test.Tasks/Check"] }],
  [{ publicMethods: ["/test.Tasks/*/x"] }],
  [{ methods: { Get: [requireRole("admin")] } }],
  [{ publicMethods: ["/test.Tasks/Get"], methods: { "/test.Tasks/Get": [requireRole("admin")] } }],
])("methods as in %j cannot be meant", (options) => {
  expect(() => bearer(verifier, options)).toThrow(TypeError);
});

function expectNoTokenIn(outcome: Outcome, authorization: string | undefined): void {
  for (const part of authorization?.split(/[. ]/) ?? []) {
    if (part.length > 8) expect(JSON.stringify(outcome)).not.toContain(part);
  }
}
