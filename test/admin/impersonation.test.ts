/** Looking through somebody else's eyes: marked, for an hour, and without leaving anything behind. */
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { type AdministeredServer, startAdministered } from "../support/admin.ts";
import { asBearer, newEmail, postJson, signUp, tokenOf } from "../support/people.ts";

const impersonate = async (server: AdministeredServer, id: string, send = server.send): Promise<string> =>
  (await send("POST", `users/${id}/impersonate`)).body.session_token;

describe("an impersonation", () => {
  test("is marked in its token and on record, and administers nothing", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const { status, body } = await server.send("POST", `users/${person.id}/impersonate`);
    expect(status).toBe(201);
    const claims = decodeJwt(await tokenOf(server.url, body.session_token));
    expect(claims).toMatchObject({ sub: person.id, act: { sub: server.admin.id } });
    const events = await server.database
      .sql`select actor, target from audit_event where action = 'user.impersonated'`;
    expect(events).toEqual([{ actor: server.admin.id, target: person.id }]);
    const other = await signUp(server.url);
    await server.send("PATCH", `users/${other.id}`, { roles: ["admin"] });
    const asAdmin = await server.send("POST", `users/${other.id}/impersonate`);
    expect((await server.as(asAdmin.body.session_token)("GET", "users")).status).toBe(403);
  });

  test("changes nothing of the account, and leaves no way in behind", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const { body } = await server.send("POST", `users/${person.id}/impersonate`);
    const as = (path: string, sent: unknown) =>
      postJson(`${server.url}/api/auth/${path}`, sent, asBearer(body.session_token).headers);
    for (const [path, sent] of [
      ["api-key/create", { name: "mine" }],
      ["change-email", { newEmail: newEmail() }],
      ["update-user", { name: "Eve" }],
      ["two-factor/enable", { password: person.password }],
      ["delete-user", {}],
    ] as const) {
      expect((await as(path, sent)).status, path).toBe(403);
    }
    expect(await server.database.sql`select 1 from api_key`).toHaveLength(0);
    expect((await as("sign-out", {})).status).toBe(200);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(body.session_token))).status).toBe(401);
    const own = await postJson(
      `${server.url}/api/auth/update-user`,
      { name: "Ada" },
      asBearer(person.bearer).headers,
    );
    expect(own.status).toBe(200);
  });

  // Beside a bearer token that does not hold, a cookie is nobody's.
  test.each<[string, (session: string) => Record<string, string>, number]>([
    [
      "beside a bearer token that does not hold",
      (session) => ({ authorization: "Bearer x", cookie: session }),
      401,
    ],
    ["in quotes", (session) => ({ cookie: session.replace("=", '="') + '"' }), 403],
    ["after another cookie", (session) => ({ cookie: `a=b;c; ${session}` }), 403],
  ])("changes nothing with its session as a cookie %s either", async (_, headers, status) => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const session = `better-auth.session_token=${encodeURIComponent(await impersonate(server, person.id))}`;
    const changed = await postJson(
      `${server.url}/api/auth/update-user`,
      { name: "Eve" },
      { ...headers(session), origin: server.url },
    );
    expect(changed.status).toBe(status);
    const [row] = await server.database.sql`select name from "user" where id = ${person.id}`;
    expect(row).toEqual({ name: "Ada" });
  });

  test("changes nothing with a bearer token written in an odd way either", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const headers = { authorization: `bearer \t ${await impersonate(server, person.id)}` };
    const changed = await postJson(`${server.url}/api/auth/update-user`, { name: "Eve" }, headers);
    expect(changed.status).toBe(401);
  });

  test("ends after its hour, however much its session is used", async () => {
    await using server = await startAdministered();
    const { id } = await signUp(server.url);
    const session = asBearer(await impersonate(server, id));
    const ends = () => server.database.sql`select expires_at from session where impersonated_by is not null`;
    const before = await ends();
    for (const path of ["list-sessions", "organization/list", "get-session?disableCookieCache=true"]) {
      expect((await fetch(`${server.url}/api/auth/${path}`, session)).status).toBe(200);
    }
    expect(await ends()).toEqual(before);
  });

  test("leaves a session of one's own to be prolonged while it is used", async () => {
    await using server = await startAdministered();
    const { id, bearer } = await signUp(server.url);
    await server.database.sql`
      update session set expires_at = now() + interval '3 days', updated_at = now() - interval '4 days'
      where user_id = ${id}`;
    expect((await fetch(`${server.url}/api/auth/get-session`, asBearer(bearer))).status).toBe(200);
    const [row] = await server.database.sql`
      select expires_at > now() + interval '6 days' as prolonged from session where user_id = ${id}`;
    expect(row).toEqual({ prolonged: true });
  });

  test.each<[string, string, string, unknown?]>([
    ["is banned", "POST", "/ban", { reason: "left" }],
    ["is deleted", "DELETE", ""],
    ["is no administrator any more", "PATCH", "", { roles: ["user"] }],
    ["is given another password", "PUT", "/password", { password: "another horse battery" }],
    ["is signed out everywhere", "DELETE", "/sessions"],
  ])("ends when whoever looks %s", async (_, method, path, body) => {
    await using server = await startAdministered();
    const [second, person] = [await signUp(server.url), await signUp(server.url)];
    await server.send("PATCH", `users/${second.id}`, { roles: ["admin"] });
    const session = asBearer(await impersonate(server, person.id, server.as(second.bearer)));
    const tokenStatus = async () => (await fetch(`${server.url}/api/auth/token`, session)).status;
    expect(await tokenStatus()).toBe(200);
    expect((await server.send(method, `users/${second.id}${path}`, body)).status).toBeLessThan(300);
    expect(await tokenStatus()).toBe(401);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(200);
  });
});
