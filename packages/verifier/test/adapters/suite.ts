// What every HTTP adapter must do, over real requests to a real server: who gets in, what the others are told, and
// what nobody is told. An adapter brings a server with the routes below; what it cannot do it skips, with a reason.
import { type Auth, createVerifier, type Verifier, VerifierError } from "@keyturn/verifier";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "../support/forge.ts";
import { startIssuer } from "../support/issuer.ts";
import type { Running } from "../support/loopback.ts";

/** A claim of our own, so that each adapter shows that its types carry it. */
export interface Plan {
  readonly plan?: string;
}

/**
 * | path                                          | asks for                                       | answers                      |
 * | --------------------------------------------- | ---------------------------------------------- | ---------------------------- |
 * | `/api/:user_id/tasks`                         | `requireUser("user_id")`                       | `replyOf(auth)` as JSON      |
 * | `/admin/role`                                 | `requireRole("admin", "owner")`                | "in"                         |
 * | `/admin/permission`                           | `requirePermission("tasks:read", "tasks:write")` | "in"                       |
 * | `/admin/scope`                                | `requireScope("tasks", "profile")`             | "in"                         |
 * | `/nobody`                                     | `requireUser("user_id")`, which it has not     |                              |
 * | `/unguarded`                                  | `requireRole("admin")` without `bearer`        |                              |
 * | `/throws`                                     |                                                | throws `HANDLER_ERROR`       |
 *
 * All but `/unguarded` verify the token, for every method. Everything below `/api` has `CORS` set before. An error that is not the adapter's is answered with 418 and
 * its message, by the application's own means.
 */
export interface Adapter {
  readonly name: string;
  start(verifier: Pick<Verifier<Plan>, "verify">): Promise<Running>;
  readonly skips?: Readonly<Partial<Record<Skippable, string>>>;
}

type Skippable =
  | "keeps headers set before it, so that a browser can read the refusal"
  | "a guard without bearer before it lets nobody in"
  | "requireUser lets nobody in where the path has no such parameter";

export const CORS = { "access-control-allow-origin": "https://app.example.com" } as const;
export const HANDLER_ERROR = new VerifierError("role_missing", "from the handler");
export const replyOf = ({ userId, claims }: Auth<Plan>): object => ({ userId, plan: claims.plan });

export function testAdapter({ name, start, skips = {} }: Adapter): void {
  const verifier = createVerifier<Plan>({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
  let server: Running;
  beforeAll(async () => {
    server = await start(verifier);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const request = async (path: string, token?: string, method = "GET"): Promise<Response> =>
    fetch(`${server.url}${path}`, { method, ...(token === undefined ? {} : { headers: bearing(token) }) });
  const refusal = async (path: string, token?: string): Promise<Refused> =>
    readRefusal(request(path, token), token);

  describe(`${name}: bearer`, () => {
    test("lets a good token in and tells the handler who is calling", async () => {
      const response = await request("/api/user_1/tasks", forge({ plan: "pro" }));
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ userId: "user_1", plan: "pro" });
    });

    test.each(["bearer", "BEARER", "Bearer "])("does not mind the scheme written %j", async (scheme) => {
      const headers = { authorization: `${scheme} ${forge()}` };
      expect((await fetch(`${server.url}/api/user_1/tasks`, { headers })).status).toBe(200);
    });

    test.each([undefined, "", "Basic dXNlcjpwYXNz", "Bearer", "Bearer ", "DPoP abc"])(
      "asks for a token, without calling anything an error, when there is none: %s",
      async (authorization) => {
        const headers = authorization === undefined ? {} : { authorization };
        const answer = await readRefusal(fetch(`${server.url}/api/user_1/tasks`, { headers }));
        expect(answer).toMatchObject({ status: 401, challenge: "Bearer", code: "token_missing" });
      },
    );

    test("never takes a token from the URL", async () => {
      const token = forge();
      const answer = await readRefusal(request(`/api/user_1/tasks?access_token=${token}`), token);
      expect(answer).toMatchObject({ status: 401, code: "token_missing" });
    });

    test.each([
      ["malformed", "not.a-token", "token_malformed"],
      ["expired", forge({ exp: inSeconds(-60) }), "token_expired"],
      ["not valid yet", forge({ nbf: inSeconds(60) }), "token_not_active"],
      ["for another audience", forge({ aud: "https://other.example.com" }), "audience_refused"],
      ["from another issuer", forge({ iss: "https://other.example.com" }), "issuer_refused"],
      ["signed by an unknown key", forge({}, { kid: "other" }), "key_unknown"],
      ["tampered with", `${forge().slice(0, -6)}AAAAAA`, "signature_invalid"],
      ["two in one header", `${forge()}, Bearer ${forge()}`, "token_malformed"],
    ])("refuses a token that is %s", async (_, token, code) => {
      const answer = await refusal("/api/user_1/tasks", token);
      expect(answer).toMatchObject({ status: 401, title: "Unauthorized", code });
      expect(answer.challenge).toBe(`Bearer error="invalid_token", error_description="${answer.detail}"`);
    });

    test("refuses by problem details that are not to be stored", async () => {
      const response = await request("/api/user_1/tasks", forge({ exp: inSeconds(-60) }));
      expect(response.headers.get("content-type")).toMatch(/^application\/problem\+json(; charset=utf-8)?$/);
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toEqual({
        type: "about:blank",
        title: "Unauthorized",
        status: 401,
        detail: "The access token has expired.",
        code: "token_expired",
      });
    });

    test("keeps headers set before it, so that a browser can read the refusal", async ({ skip, task }) => {
      skipIfAsked(skip, task.name);
      const { status, headers } = await request("/api/user_1/tasks");
      expect([status, headers.get("access-control-allow-origin")]).toEqual([401, "https://app.example.com"]);
    });

    test("answers 503, and when to come back, while there are no keys to verify with", async () => {
      await using issuer = await startIssuer();
      issuer.instead = (response) => response.destroy();
      const waiting = createVerifier<Plan>({ issuer: issuer.url, audience: AUDIENCE });
      await using away = await start(waiting);
      const token = await issuer.token();
      const response = await fetch(`${away.url}/api/user_1/tasks`, { headers: bearing(token) });
      expect(response.headers.get("retry-after")).toBe("5");
      const answer = await readRefusal(response, token);
      expect(answer).toMatchObject({ status: 503, challenge: null, code: "keys_unavailable" });
      expect(answer.all).not.toContain(new URL(issuer.url).port);
      waiting.close();
    });

    test("answers HEAD as it would answer GET, without a body", async () => {
      const refused = await request("/api/user_1/tasks", undefined, "HEAD");
      expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, "Bearer"]);
      expect(await refused.text()).toBe("");
      expect((await request("/api/user_1/tasks", forge(), "HEAD")).status).toBe(200);
      expect((await request("/api/user_2/tasks", forge(), "HEAD")).status).toBe(403);
    });

    test("asks an OPTIONS request for a token like any other", async () => {
      expect((await request("/api/user_1/tasks", undefined, "OPTIONS")).status).toBe(401);
    });

    test("leaves an error that is not a refusal to the application", async () => {
      await using broken = await start({ verify: async () => Promise.reject(new Error("a bug")) });
      const response = await fetch(`${broken.url}/api/user_1/tasks`, { headers: bearing("a") });
      expect([response.status, await response.text()]).toEqual([418, "a bug"]);
    });

    test("leaves a handler's VerifierError to the application too", async () => {
      const response = await request("/throws", forge());
      expect([response.status, await response.text()]).toEqual([418, "from the handler"]);
    });
  });

  describe(`${name}: guards`, () => {
    test("requireUser keeps one user out of another's path", async () => {
      const answer = await refusal("/api/user_2/tasks", forge());
      expect(answer).toMatchObject({ status: 403, title: "Forbidden", code: "user_mismatch" });
      expect(answer.challenge).toContain('error="insufficient_scope"');
    });

    test.each([
      ["a%20b", "a b", 200],
      ["a%2Fb", "a/b", 200],
      ["%75ser_1", "user_1", 200],
      ["User_1", "user_1", 403],
      ["a%20b", "a%20b", 403],
    ])("requireUser compares the decoded path: %s for %s is %i", async (path, sub, status) => {
      expect((await request(`/api/${path}/tasks`, forge({ sub }))).status).toBe(status);
    });

    test("requireUser lets nobody in where the path has no such parameter", async ({ skip, task }) => {
      skipIfAsked(skip, task.name);
      expect((await refusal("/nobody", forge({ sub: "undefined" }))).code).toBe("user_mismatch");
    });

    test.each([
      ["/admin/role", { roles: ["admin"] }, "role_missing", "owner"],
      ["/admin/role", {}, "role_missing", "admin"],
      ["/admin/permission", { permissions: ["tasks:read"] }, "permission_missing", "tasks:write"],
      ["/admin/permission", { permissions: ["billing:*"] }, "permission_missing", "tasks:read"],
      ["/admin/scope", { scope: "tasks" }, "scope_missing", "profile"],
    ])("%s with %j is 403 and names what was missing", async (path, claims, code, missing) => {
      const answer = await refusal(path, forge(claims));
      expect(answer).toMatchObject({ status: 403, code, detail: expect.stringContaining(missing) });
      expect(answer.challenge).toContain('error="insufficient_scope"');
      expect(answer.challenge).toContain(missing);
    });

    test("requireScope names all the scopes it wants in the challenge", async () => {
      expect((await refusal("/admin/scope", forge({ scope: "tasks" }))).challenge).toContain(
        'scope="tasks profile"',
      );
    });

    test.each([
      ["/admin/role", { roles: ["member", "admin", "owner"] }],
      ["/admin/permission", { permissions: ["tasks:*"] }],
      ["/admin/permission", { permissions: ["*"] }],
      ["/admin/scope", { scope: "profile tasks" }],
    ])("%s lets %j in", async (path, claims) => {
      const response = await request(path, forge(claims));
      expect([response.status, await response.text()]).toEqual([200, "in"]);
    });

    test("a guard without bearer before it lets nobody in", async ({ skip, task }) => {
      skipIfAsked(skip, task.name);
      expect((await refusal("/unguarded", forge({ roles: ["admin"] }))).code).toBe("token_missing");
    });
  });

  function skipIfAsked(skip: (note: string) => void, behaviour: string): void {
    const reason = new Map(Object.entries(skips)).get(behaviour);
    if (reason !== undefined) skip(reason);
  }
}

interface Refused {
  readonly status: number;
  readonly challenge: string | null;
  readonly title: string;
  readonly detail: string;
  readonly code: string;
  /** Headers and body, as sent. */
  readonly all: string;
}

const bearing = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });

/** A refusal, after a look at what must be in none of them. */
async function readRefusal(answer: Response | Promise<Response>, token?: string): Promise<Refused> {
  const response = await answer;
  const { status, headers } = response;
  const body = await response.text();
  const all = JSON.stringify([...headers]) + body;
  expect(headers.get("cache-control")).toBe("no-store");
  for (const part of token?.split(/[., ]+/) ?? []) if (part.length > 8) expect(all).not.toContain(part);
  return { status, challenge: headers.get("www-authenticate"), all, ...JSON.parse(body) };
}
