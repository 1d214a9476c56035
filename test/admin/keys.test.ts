/** `/admin/keys`: who may, who may not, and what a wrong request is told. */
import { describe, expect, test } from "vitest";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";

describe("listing keys", () => {
  test("shows the administrator state, times and what comes next, and nothing private", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const response = await fetch(`${server.url}/admin/keys`, asBearer(bearer));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toMatch(/private|v1\.|"d"/);
    const { keys } = JSON.parse(text);
    expect(keys).toHaveLength(4);
    const standby = keys.find(({ state }: { state: string }) => state === "announced");
    expect(standby).toMatchObject({
      kid: expect.any(String),
      alg: expect.any(String),
      superseded_at: null,
      next: { state: "signing", at: standby.activates_at },
    });
  });

  test("and rotating are refused to strangers with 401 and to ordinary people with 403 naming the permission", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url);
    const attempts = [
      { path: "/admin/keys", method: "GET", permission: "keys:read" },
      { path: "/admin/keys/rotate", method: "POST", permission: "keys:rotate" },
    ];
    for (const { path, method, permission } of attempts) {
      expect((await fetch(server.url + path, { method })).status).toBe(401);
      const refused = await fetch(server.url + path, { method, ...asBearer(bearer) });
      expect(refused.status).toBe(403);
      expect((await refused.json()).detail).toContain(permission);
    }
    expect(
      await server.database
        .sql`select action, outcome from audit_event where action not in ('key.announced', 'account.signed_up') group by 1, 2`,
    ).toEqual([{ action: "request.forbidden", outcome: "refused" }]);
  });
});

describe("a request to rotate", () => {
  test.each([
    ["with an unknown algorithm", { alg: "HS256" }, "alg"],
    ["with one that is not configured", { alg: "ES256" }, "alg"],
    ["with a wrong type", { emergency: "yes" }, "emergency"],
    ["with an unknown member", { force: true }, "body"],
    ["with a list", [], "body"],
  ])("%s is refused with 422 naming the field", async (_, body, field) => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const response = await postJson(`${server.url}/admin/keys/rotate`, body, asBearer(bearer).headers);
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ code: "invalid_request", errors: [{ field }] });
  });

  test("that is not JSON is refused with 400, and one over a megabyte with 413", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const send = (body: string) =>
      fetch(`${server.url}/admin/keys/rotate`, { method: "POST", body, ...asBearer(bearer) });
    expect((await send("{alg")).status).toBe(400);
    expect((await send(" ".repeat(1_000_001))).status).toBe(413);
  });

  test("with a cookie is accepted from our own origin and from a trusted one, and refused from any other page", async () => {
    await using server = await startTestServer({
      env: { ADMIN_EMAIL, CORS_ORIGINS: "https://app.example.com" },
    });
    const { cookie } = await signUp(server.url, { email: ADMIN_EMAIL });
    const send = async (headers: Record<string, string>) =>
      (await postJson(`${server.url}/admin/keys/rotate`, {}, { cookie, ...headers })).status;
    expect(await send({ origin: server.url })).toBe(202);
    expect(await send({ origin: "https://app.example.com" })).toBe(202);
    expect(await send({})).toBe(202);
    expect(await send({ origin: "https://evil.example" })).toBe(403);
    expect(await send({ origin: "null" })).toBe(403);
    expect(await send({ origin: "null", "sec-fetch-site": "same-origin" })).toBe(202);
    expect(await send({ "sec-fetch-site": "cross-site" })).toBe(403);
  });
});

describe("the first administrator", () => {
  test("is whoever signs up with ADMIN_EMAIL, and nobody else becomes one", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL: "Root@Example.com" } });
    const { sql } = server.database;
    await signUp(server.url);
    const { id } = await signUp(server.url, { email: "root@example.com" });
    const admins = await sql`select id from "user" where role like '%admin%'`;
    expect(admins).toEqual([{ id }]);
    expect(await sql`select actor, target from audit_event where action = 'user.admin_granted'`).toEqual([
      { actor: id, target: id },
    ]);
  });

  test("cannot be chosen a second time by an address that comes later", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    await signUp(server.url, { email: ADMIN_EMAIL });
    await using later = await startTestServer({
      env: { ADMIN_EMAIL: "late@example.com" },
      database: server.database,
    });
    await signUp(later.url, { email: "late@example.com" });
    expect(await server.database.sql`select email from "user" where role like '%admin%'`).toEqual([
      { email: ADMIN_EMAIL },
    ]);
  });

  test("may have signed up before ADMIN_EMAIL was set: the next start finds them", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    await using restarted = await startTestServer({ env: { ADMIN_EMAIL: email }, database: server.database });
    expect(await restarted.database.sql`select email from "user" where role like '%admin%'`).toEqual([
      { email },
    ]);
  });

  test("cannot be had by asking for the role at sign-up", async () => {
    await using server = await startTestServer();
    const body = { email: "sly@example.com", password: "correct horse battery", name: "Sly", role: "admin" };
    const response = await postJson(`${server.url}/api/auth/sign-up/email`, body);
    expect(response.status).toBeLessThan(500);
    expect(await server.database.sql`select 1 from "user" where role like '%admin%'`).toHaveLength(0);
  });
});
