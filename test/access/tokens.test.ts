/** What a token says about rights: roles and APIs of keyturn.config.ts and of administrators, and custom claims. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { describe, expect, test, vi } from "vitest";
import type { ProjectConfig } from "../../src/project.ts";
import { asBearer, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const TASKS = "https://tasks.example.com";
const ADMIN_EMAIL = "admin@example.com";
const project: ProjectConfig = {
  roles: { editor: { permissions: ["tasks:*", "notes:read"] } },
  apis: { [TASKS]: { permissions: ["tasks:read", "tasks:write"], tokenTtl: "1m", algorithm: "RS256" } },
};

const giveRole = ({ database }: TestServer, id: string, role: string) =>
  database.sql`update "user" set role = ${role} where id = ${id}`;

async function tokenFor({ url }: TestServer, bearer: string, resource?: string) {
  const query = resource === undefined ? "" : `?resource=${encodeURIComponent(resource)}`;
  const response = await fetch(`${url}/api/auth/token${query}`, asBearer(bearer));
  return { status: response.status, body: await response.json() };
}

describe("a token", () => {
  test("for the default audience carries all permissions of its bearer's roles", async () => {
    await using server = await startTestServer({ project });
    const { id, bearer } = await signUp(server.url);
    await giveRole(server, id, "editor,user");
    const { body } = await tokenFor(server, bearer);
    expect(decodeJwt(body.token)).toMatchObject({
      roles: ["editor", "user"],
      permissions: ["tasks:*", "notes:read"],
    });
  });

  test("for a registered API carries what that API knows, for as long and signed as it says", async () => {
    await using server = await startTestServer({ project });
    const { id, bearer } = await signUp(server.url);
    await giveRole(server, id, "editor");
    const { body } = await tokenFor(server, bearer, TASKS);
    const claims = decodeJwt(body.token);
    expect(claims).toMatchObject({ aud: TASKS, permissions: ["tasks:read", "tasks:write"] });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(60);
    expect(decodeProtectedHeader(body.token).alg).toBe("RS256");
  });

  test("for an API nobody has registered is refused", async () => {
    await using server = await startTestServer({ project });
    const { bearer } = await signUp(server.url);
    const { status, body } = await tokenFor(server, bearer, "https://other.example.com");
    expect(status).toBe(400);
    expect(body.code).toBe("unknown_resource");
  });
});

describe("custom claims", () => {
  test("are added, and made from the person, the session and the audience", async () => {
    await using server = await startTestServer({
      project: {
        ...project,
        claims: async ({ user, session, audience }) => ({
          plan: "pro",
          of: [user.id, session?.id, audience],
        }),
      },
    });
    const { id, bearer } = await signUp(server.url);
    const { body } = await tokenFor(server, bearer, TASKS);
    const claims = decodeJwt(body.token);
    expect(claims).toMatchObject({ plan: "pro", of: [id, claims["sid"], TASKS] });
  });

  test.each<[string, ProjectConfig["claims"]]>([
    [
      "throw",
      () => {
        throw new Error("a secret of the hook");
      },
    ],
    ["replace a registered claim", () => ({ sub: "somebody else" })],
    ["make it look like an ID token", () => ({ nonce: "n" })],
    ["replace all of them behind one's back", () => ({ toJSON: () => ({ sub: "somebody else" }) })],
    ["have no word in JSON", () => ({ plan: 1n })],
    ["are no object", () => JSON.parse("[]")],
  ])("that %s are a 500 with an event, never a token without them", async (_, claims) => {
    await using server = await startTestServer({ project: { ...(claims && { claims }) } });
    const { id, bearer } = await signUp(server.url);
    const { status, body } = await tokenFor(server, bearer);
    expect(status).toBe(500);
    expect(JSON.stringify(body)).not.toContain("secret of the hook");
    await vi.waitFor(async () => {
      const events = await server.database
        .sql`select target from audit_event where action = 'token.claims_failed'`;
      expect(events).toEqual([{ target: id }]);
    });
  });
});

describe("roles and APIs that administrators make", () => {
  const send = (method: string, path: string, bearer: string, body?: unknown) =>
    fetch(path, {
      method,
      headers: { ...asBearer(bearer).headers, "content-type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });

  test("count at once on every replica, and are gone when they are deleted", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    await using other = await startTestServer({ database: server.database, env: { ISSUER: server.url } });
    const admin = await signUp(server.url, { email: ADMIN_EMAIL });
    const { id, bearer } = await signUp(server.url);
    await giveRole(server, id, "support");
    const role = `${server.url}/admin/roles/support`;
    const permissions = ["tickets:*", "users:read"];
    const saved = await send("PUT", role, admin.bearer, { permissions });
    expect(saved.status).toBe(200);
    for (const at of [server, other]) {
      await vi.waitFor(async () => {
        const { body } = await tokenFor({ ...at, url: at.server.url }, bearer);
        expect(decodeJwt(body.token)["permissions"]).toEqual(["tickets:*", "users:read"]);
      });
    }
    expect((await send("DELETE", role, admin.bearer)).status).toBe(204);
    expect((await send("DELETE", role, admin.bearer)).status).toBe(404);
    const { body } = await tokenFor(server, bearer);
    expect(decodeJwt(body.token)["permissions"]).toEqual([]);
    const events = await server.database
      .sql`select action, actor, detail from audit_event where target = 'support' order by id`;
    expect(events).toEqual([
      { action: "role.saved", actor: admin.id, detail: { permissions, secondFactor: false } },
      { action: "role.deleted", actor: admin.id, detail: {} },
    ]);
  });

  test("a permission to Keyturn itself lets its bearer do just that", async () => {
    await using server = await startTestServer({
      project: { roles: { turner: { permissions: ["keys:*"] } } },
    });
    const { id, bearer } = await signUp(server.url);
    expect((await fetch(`${server.url}/admin/keys`, asBearer(bearer))).status).toBe(403);
    await giveRole(server, id, "turner");
    expect((await fetch(`${server.url}/admin/keys`, asBearer(bearer))).status).toBe(200);
    expect((await fetch(`${server.url}/admin/roles`, asBearer(bearer))).status).toBe(403);
  });

  test("an API is registered, listed, and refused with a lifetime or an algorithm it cannot have", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const api = `${server.url}/admin/apis/${encodeURIComponent(TASKS)}`;
    for (const wrong of [
      { token_ttl: "1h" },
      { algorithm: "ES256" },
      { permissions: ["no good"] },
      { colour: 1 },
    ]) {
      const refused = await send("PUT", api, bearer, { permissions: [], ...wrong });
      expect(refused.status).toBe(422);
    }
    const saved = await send("PUT", api, bearer, {
      name: "Tasks",
      permissions: ["tasks:*"],
      token_ttl: "30s",
    });
    expect(saved.status).toBe(200);
    expect(await saved.json()).toEqual({
      audience: TASKS,
      name: "Tasks",
      permissions: ["tasks:*"],
      token_ttl: "30s",
      algorithm: null,
      source: "database",
    });
    const { body } = await tokenFor(server, bearer, TASKS);
    expect(decodeJwt(body.token).aud).toBe(TASKS);
    expect((await send("DELETE", api, bearer)).status).toBe(204);
    expect((await tokenFor(server, bearer, TASKS)).status).toBe(400);
  });

  test("what comes with Keyturn or from keyturn.config.ts cannot be changed or deleted", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL }, project });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    for (const path of ["roles/admin", "roles/editor", `apis/${encodeURIComponent(TASKS)}`]) {
      const change = await send("PUT", `${server.url}/admin/${path}`, bearer, { permissions: [] });
      expect(change.status, path).toBe(409);
      expect((await send("DELETE", `${server.url}/admin/${path}`, bearer)).status, path).toBe(409);
    }
  });
});
