/** API keys: a program's way to the same kind of token everybody has. */
import { createVerifier } from "@keyturn/verifier";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { isApiKey } from "../../src/sessions/api-key.ts";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const project = { roles: { editor: { permissions: ["tasks:*", "notes:read"] } } };

async function makeKey({ url }: { url: string }, bearer: string, body: object = {}) {
  const response = await postJson(
    `${url}/api/auth/api-key/create`,
    { name: "deploy", ...body },
    asBearer(bearer).headers,
  );
  return { status: response.status, body: await response.json() };
}

const exchange = ({ url }: { url: string }, key: string): Promise<Response> =>
  fetch(`${url}/api/auth/token`, { headers: { "x-api-key": key } });

async function startWithEditor(): Promise<{ server: TestServer; id: string; bearer: string }> {
  const server = await startTestServer({ project });
  const { id, bearer } = await signUp(server.url);
  await server.database.sql`update "user" set role = 'editor' where id = ${id}`;
  return { server, id, bearer };
}

describe("an API key", () => {
  test("is exchanged for a JWT that any verifier takes, without a session in it", async () => {
    const { server, id, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer);
    expect(isApiKey(body.key)).toBe(true);
    const response = await exchange(server, body.key);
    expect(response.status).toBe(200);
    const { token } = await response.json();
    const verifier = createVerifier({ issuer: server.url, audience: server.url });
    const auth = await verifier.verify(token);
    verifier.close();
    expect(auth).toMatchObject({ userId: id, sessionId: null, permissions: ["tasks:*", "notes:read"] });
    expect(decodeJwt(token)).not.toHaveProperty("sid");
  });

  test("made with permissions can do no more than those, nor more than its owner", async () => {
    const { server, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer, { permissions: { tasks: ["read"], users: ["write"] } });
    const { token } = await (await exchange(server, body.key)).json();
    expect(decodeJwt(token)["permissions"]).toEqual(["tasks:read"]);
    expect((await makeKey(server, bearer, { permissions: { tasks: ["no good"] } })).status).toBe(422);
    expect((await makeKey(server, bearer, { metadata: { permissions: ["*"] } })).status).toBe(422);
  });

  test("is kept as a hash, and shown once", async () => {
    const { server, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer);
    const rows = JSON.stringify(await server.database.sql`select * from api_key`);
    expect(rows).not.toContain(body.key);
    const listed = await fetch(`${server.url}/api/auth/api-key/list`, asBearer(bearer));
    expect(await listed.text()).not.toContain(body.key);
    expect(server.log.join("")).not.toContain(body.key);
  });

  test("that is unknown, mistyped, disabled, expired or of somebody banned is refused alike", async () => {
    const { server, id, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer);
    const refused = async (key: string) => {
      const response = await exchange(server, key);
      const { request_id: _id, ...problem } = await response.json();
      return { status: response.status, problem };
    };
    const unknown = await refused("kt_nothing");
    expect(unknown.status).toBe(401);
    expect(await refused(`${body.key}x`)).toEqual(unknown);
    expect(await refused(body.key.replace(/.$/, (last: string) => (last === "a" ? "b" : "a")))).toEqual(
      unknown,
    );
    for (const [change, undo] of [
      ["update api_key set enabled = false", "update api_key set enabled = true"],
      ["update api_key set expires_at = now() - interval '1 second'", "update api_key set expires_at = null"],
      [`update "user" set banned = true`, `update "user" set banned = false`],
    ] as const) {
      await server.database.sql.unsafe(change);
      expect(await refused(body.key), change).toEqual(unknown);
      await server.database.sql.unsafe(undo);
      expect((await exchange(server, body.key)).status).toBe(200);
    }
    await server.database.sql`delete from "user" where id = ${id}`;
    expect(await refused(body.key)).toEqual(unknown);
  });

  test("has a limit of its own that twenty at once do not pass, and says when to come back", async () => {
    const { server, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer);
    await server.database.sql`update api_key set rate_limit_max = 5`;
    const answers = await Promise.all(Array.from({ length: 20 }, () => exchange(server, body.key)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5);
    const limited = answers.find(({ status }) => status === 429);
    expect(Number(limited?.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(limited?.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  });

  test("is not a session: it signs in nowhere else", async () => {
    const { server, bearer } = await startWithEditor();
    await using _ = server;
    const { body } = await makeKey(server, bearer);
    const headers = { "x-api-key": body.key };
    expect(await (await fetch(`${server.url}/api/auth/get-session`, { headers })).json()).toBeNull();
    expect((await fetch(`${server.url}/admin/users`, { headers })).status).toBe(401);
  });
});
