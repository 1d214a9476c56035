/** People as administrators find, make, change, ban and delete them; who may, and what stays on record. */
import { describe, expect, test, vi } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";

const signInStatus = async (url: string, email: string, password: string): Promise<number> =>
  (await postJson(`${url}/api/auth/sign-in/email`, { email, password })).status;

describe("finding people", () => {
  test("goes page by page, newest first, and loses and repeats nobody while others sign up", async () => {
    await using server = await startAdministered();
    await server.database.sql`
      insert into "user" (id, name, email, created_at)
      select 'u' || i, 'Person ' || i, 'p' || i || '@example.com', now() - make_interval(secs => i / 3)
      from generate_series(1, 95) i`;
    await server.database.sql`
      insert into "user" (id, name, email, created_at)
      select 'u' || i || repeat('x', 120), 'Old ' || i, 'o' || i || '@example.com', '1999-12-31 23:59:59.999999+00'
      from generate_series(1, 30) i`;
    const seen: string[] = [];
    let cursor = "";
    do {
      const { body } = await server.send("GET", `users?limit=20${cursor}`);
      seen.push(...body.users.map(({ id }: { id: string }) => id));
      await signUp(server.url);
      cursor = body.next === null ? "" : `&cursor=${body.next}`;
    } while (cursor !== "");
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.filter((id) => id.startsWith("u"))).toHaveLength(95 + 30);
  });

  test("by the beginning of an address or a name, by id, by role and by ban", async () => {
    await using server = await startAdministered();
    const grace = await signUp(server.url, { email: "grace@example.com", name: "Grace Hopper" });
    await signUp(server.url, { email: "gr_x@example.com", name: "Under_score" });
    const found = async (query: string): Promise<string[]> =>
      (await server.send("GET", `users?${query}`)).body.users.map(({ email }: { email: string }) => email);
    expect(await found("search=GRACE@")).toEqual(["grace@example.com"]);
    expect(await found("search=grace%20h")).toEqual(["grace@example.com"]);
    expect(await found(`search=${grace.id}`)).toEqual(["grace@example.com"]);
    expect(await found("search=gr_")).toEqual(["gr_x@example.com"]);
    expect(await found("search=%25")).toEqual([]);
    expect(await found("role=admin")).toEqual(["admin@example.com"]);
    expect(await found("banned=true")).toEqual([]);
  });

  test.each(["email", "lower(name)", "username"])(
    "by the beginning of %s needs no look at everybody, in any collation",
    async (column) => {
      await using server = await startAdministered();
      const { sql } = server.database;
      await sql`
        insert into "user" (id, name, email, username)
        select i::text, 'Person ' || i, 'p' || i || '@example.com', 'p' || i from generate_series(1, 5000) i`;
      await sql`analyze "user"`;
      const plan = await sql`explain select 1 from "user" where ${sql.unsafe(column)} like 'p42%'`;
      expect(JSON.stringify(plan)).toMatch(/Index Cond: .*~>=~/);
    },
  );

  test.each(["limit=0", "limit=201", "limit=x", "cursor=nonsense", "banned=perhaps"])(
    "with %s is refused by name",
    async (query) => {
      await using server = await startAdministered();
      const { status, body } = await server.send("GET", `users?${query}`);
      expect(status).toBe(422);
      expect(body.errors[0].field).toBe(query.split("=")[0]);
    },
  );
});

describe("one of them", () => {
  test("is made, changed and deleted, and each of it is on record with who did it", async () => {
    await using server = await startAdministered();
    const email = newEmail();
    const made = await server.send("POST", "users", {
      email,
      name: "Ada",
      password: "correct horse battery",
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ email, name: "Ada", roles: ["user"], banned: false });
    expect(await signInStatus(server.url, email, "correct horse battery")).toBe(200);
    const again = await server.send("POST", "users", { email: email.toUpperCase(), name: "Eve" });
    expect(again.status).toBe(409);
    const changed = await server.send("PATCH", `users/${made.body.id}`, { name: "Ada L." });
    expect(changed.body).toMatchObject({ name: "Ada L.", email });
    expect((await server.send("DELETE", `users/${made.body.id}`)).status).toBe(204);
    expect((await server.send("GET", `users/${made.body.id}`)).status).toBe(404);
    expect(await signInStatus(server.url, email, "correct horse battery")).toBe(401);
    const events = await server.database
      .sql`select action, actor, ip_address from audit_event where target = ${made.body.id} and action like 'user.%' order by id`;
    expect(events.map(({ action }) => action)).toEqual(["user.created", "user.updated", "user.deleted"]);
    expect(new Set(events.map(({ actor }) => actor))).toEqual(new Set([server.admin.id]));
    expect(events[0]?.["ip_address"]).toMatch(/^(?:127\.0\.0\.1|::1)$/);
  });

  test("has not confirmed a new address, unless the administrator says so", async () => {
    await using server = await startAdministered();
    const { id, email } = await signUp(server.url);
    const change = async (to: object) => (await server.send("PATCH", `users/${id}`, to)).body.email_verified;
    expect(await change({ email_verified: true })).toBe(true);
    expect(await change({ email: email.toUpperCase() })).toBe(true);
    expect(await change({ email: newEmail() })).toBe(false);
    expect(await change({ email: newEmail(), email_verified: true })).toBe(true);
  });

  test("of several given one address at once, one gets it", async () => {
    await using server = await startAdministered();
    const people = await Promise.all(Array.from({ length: 4 }, () => signUp(server.url)));
    const email = newEmail();
    const answers = await Promise.all(
      people.map(({ id }) => server.send("PATCH", `users/${id}`, { email: email.toUpperCase() })),
    );
    expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409, 409]);
    expect(await server.database.sql`select id from "user" where email = ${email}`).toHaveLength(1);
  });

  test("is on record with what was changed, and with the roles that were given", async () => {
    await using server = await startAdministered();
    const { id } = await signUp(server.url);
    await server.send("PATCH", `users/${id}`, { name: "Grace" });
    await server.send("PATCH", `users/${id}`, { roles: ["admin", "user"] });
    const events = await server.database
      .sql`select detail from audit_event where action = 'user.updated' order by id`;
    expect(events.map(({ detail }) => detail)).toEqual([
      { fields: ["name"] },
      { fields: ["roles"], roles: ["admin", "user"] },
    ]);
  });

  test("who is banned is signed out at once and stays out until the ban is lifted", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const banned = await server.send("POST", `users/${person.id}/ban`, { reason: "spam" });
    expect(banned.body).toMatchObject({ banned: true, ban_reason: "spam", ban_expires_at: null });
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(401);
    expect(await signInStatus(server.url, person.email, person.password)).toBe(403);
    await server.send("POST", `users/${person.id}/unban`);
    expect(await signInStatus(server.url, person.email, person.password)).toBe(200);
    for (const body of [
      {},
      { reason: " " },
      { reason: "x", until: "yesterday" },
      { reason: "x", until: "2001-01-01T00:00:00Z" },
    ]) {
      expect((await server.send("POST", `users/${person.id}/ban`, body)).status).toBe(422);
    }
  });

  test("who is given a password is signed out everywhere, and signs in with it", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const password = "another horse battery";
    expect((await server.send("PUT", `users/${person.id}/password`, { password: "short" })).status).toBe(422);
    expect((await server.send("PUT", `users/${person.id}/password`, { password })).status).toBe(204);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(401);
    expect(await signInStatus(server.url, person.email, person.password)).toBe(401);
    expect(await signInStatus(server.url, person.email, password)).toBe(200);
  });

  test("is signed out by one session or by all, and no list holds a session token", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const listed = await server.send("GET", `users/${person.id}/sessions`);
    expect(listed.body.sessions).toHaveLength(1);
    expect(JSON.stringify(listed.body)).not.toContain(person.bearer.split(".")[0]);
    expect((await server.send("DELETE", `sessions/${listed.body.sessions[0].id}`)).status).toBe(204);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(401);
    expect((await server.send("DELETE", `users/${person.id}/sessions`)).body).toEqual({ ended: 0 });
  });

  test("is exported with all that is known of them and no secret", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const { body } = await server.send("GET", `users/${person.id}/export`);
    expect(body).toMatchObject({
      user: { id: person.id },
      image: null,
      accounts: [{ provider: "credential" }],
      sessions: [{ user_agent: "node" }],
      devices: [{ seen_at: expect.any(String) }],
      invitations: [],
      teams: [],
    });
    expect(JSON.stringify(body)).not.toMatch(/argon2|"token"/);
    expect(JSON.stringify(body)).not.toContain(person.bearer.split(".")[0]);
  });

  test("is exported without the address and the browser of whoever administers them", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const looked = await fetch(`${server.url}/admin/users/${person.id}/impersonate`, {
      method: "POST",
      headers: { ...asBearer(server.admin.bearer).headers, "user-agent": "the administrator's" },
    });
    expect(looked.status).toBe(201);
    const { body } = await server.send("GET", `users/${person.id}/export`);
    expect(body.events).toMatchObject([
      { action: "user.impersonated", ip_address: null, user_agent: null },
      { action: "account.signed_up", ip_address: expect.any(String), user_agent: "node" },
    ]);
    expect(JSON.stringify(body)).not.toContain("the administrator's");
  });

  test("has a token that can be looked at beforehand, without anybody getting one", async () => {
    await using server = await startAdministered({
      project: {
        roles: { editor: { permissions: ["tasks:*"] } },
        apis: { "https://tasks.example.com": { permissions: ["tasks:read"] } },
      },
    });
    const { id, bearer } = await signUp(server.url);
    await server.send("PATCH", `users/${id}`, { roles: ["editor"] });
    const resource = "resource=https://tasks.example.com";
    const { body } = await server.send("GET", `users/${id}/token-preview?${resource}`);
    expect(body.claims).toMatchObject({ sub: id, permissions: ["tasks:read"], roles: ["editor"] });
    const real = await fetch(`${server.url}/api/auth/token?${resource}`, asBearer(bearer));
    expect(body.bytes).toBe((await real.json()).token.length);
    expect(Object.keys(body)).toEqual(["claims", "bytes"]);
    expect((await server.send("GET", `users/${id}/token-preview?resource=x`)).status).toBe(400);
  });
});

describe("power over others", () => {
  const project = { roles: { helpdesk: { permissions: ["users:read", "users:write"] } } };

  test("ends at those who may do more, and gives nothing one does not have", async () => {
    await using server = await startAdministered({ project });
    const [helper, person] = [await signUp(server.url), await signUp(server.url)];
    await server.send("PATCH", `users/${helper.id}`, { roles: ["helpdesk"] });
    const help = server.as(helper.bearer);
    expect((await help("PATCH", `users/${person.id}`, { name: "Grace" })).status).toBe(200);
    expect((await help("PATCH", `users/${person.id}`, { roles: ["admin"] })).status).toBe(403);
    expect((await help("PATCH", `users/${helper.id}`, { roles: ["admin"] })).status).toBe(403);
    expect(
      (await help("PUT", `users/${server.admin.id}/password`, { password: "a new password" })).status,
    ).toBe(403);
    expect((await help("POST", `users/${server.admin.id}/ban`, { reason: "x" })).status).toBe(403);
    expect((await help("DELETE", `users/${person.id}`)).status).toBe(403);
    const ofAdmin = `/admin/users/${server.admin.id}`;
    await vi.waitFor(async () => {
      const refused = await server.database.sql`
        select actor, target, detail->>'permission' as permission from audit_event where outcome = 'refused' order by id`;
      expect(refused.map(({ target, permission }) => [target, permission])).toEqual([
        [`/admin/users/${person.id}`, "keys:read"],
        [`/admin/users/${helper.id}`, "keys:read"],
        [`${ofAdmin}/password`, "keys:read"],
        [`${ofAdmin}/ban`, "keys:read"],
        [`/admin/users/${person.id}`, "users:delete"],
      ]);
      expect(new Set(refused.map(({ actor }) => actor))).toEqual(new Set([helper.id]));
    });
  });

  test("does not end with nobody: the last administrator cannot be demoted, banned or deleted", async () => {
    await using server = await startAdministered();
    const { id } = server.admin;
    expect((await server.send("PATCH", `users/${id}`, { roles: ["user"] })).status).toBe(409);
    expect((await server.send("POST", `users/${id}/ban`, { reason: "x" })).status).toBe(409);
    expect((await server.send("DELETE", `users/${id}`)).status).toBe(409);
  });

  test("of two administrators who remove each other at once, one stays and is told so", async () => {
    await using server = await startAdministered();
    const others = await Promise.all(Array.from({ length: 5 }, () => signUp(server.url)));
    for (const other of others) {
      await server.database.sql`update "user" set role = 'user'`;
      await server.database
        .sql`update "user" set role = 'admin' where id in (${other.id}, ${server.admin.id})`;
      const answers = await Promise.all([
        server.send("PATCH", `users/${other.id}`, { roles: ["user"] }),
        server.as(other.bearer)("PATCH", `users/${server.admin.id}`, { roles: ["user"] }),
      ]);
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      // Whoever comes second is no administrator any more, or the last one.
      expect([
        [200, 403],
        [200, 409],
      ]).toContainEqual(statuses);
      expect(await server.database.sql`select id from "user" where role = 'admin'`).toHaveLength(1);
    }
  });

  test("is nobody's without a session, and nobody's with a role that does not exist", async () => {
    await using server = await startAdministered();
    expect((await fetch(`${server.url}/admin/users`)).status).toBe(401);
    const { status, body } = await server.send("PATCH", `users/${server.admin.id}`, {
      roles: ["admin", "nobody"],
    });
    expect(status).toBe(422);
    expect(body.detail).toContain("admin, user");
  });
});
