/** What people do to their accounts is on record, with what became of it, from where, and never with a secret. */
import { describe, expect, test } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { linkIn, openMailbox } from "../support/mailbox.ts";
import { asBearer, newEmail, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const eventsOf = async ({ database }: TestServer) =>
  database.sql`select action, actor, target, outcome, ip_address, user_agent, request_id, detail
    from audit_event where action like 'account.%' order by id`;

describe("the trail of an account", () => {
  test("tells sign-ups, sign-ins and what was tried in vain, of whom and from where", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const signIn = (password: string, email = person.email) =>
      postJson(
        `${server.url}/api/auth/sign-in/email`,
        { email, password },
        { "user-agent": "test/1", "x-request-id": "request-0001" },
      );
    await signIn("wrong password");
    await signIn(person.password);
    await signIn("wrong password", newEmail());
    const events = await eventsOf(server);
    expect(events.map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ["account.signed_up", person.id, "success"],
      ["account.signed_in", person.id, "failed"],
      ["account.signed_in", person.id, "success"],
      ["account.signed_in", "anonymous", "failed"],
    ]);
    expect(events[1]).toMatchObject({
      actor: "anonymous",
      user_agent: "test/1",
      request_id: "request-0001",
      detail: { path: "/sign-in/email", code: "INVALID_EMAIL_OR_PASSWORD" },
    });
    expect(events[1]?.["ip_address"]).toMatch(/^(?:127\.0\.0\.1|::1)$/);
  });

  test("tells who acts and on what, whatever Better Auth's endpoints keep to themselves", async () => {
    await using server = await startTestServer();
    const [person, guest] = [await signUp(server.url), await signUp(server.url)];
    const as = async (who: Person, path: string, body: object) =>
      (await postJson(`${server.url}/api/auth/${path}`, body, asBearer(who.bearer).headers)).json();
    const { id } = await as(person, "organization/create", { name: "Acme", slug: "acme" });
    await as(person, "organization/set-active", { organizationId: id });
    const invitation = await as(person, "organization/invite-member", {
      email: guest.email,
      role: "member",
    });
    await server.database.sql`update "user" set email_verified = true`;
    await as(guest, "organization/accept-invitation", { invitationId: invitation.id });
    await as(person, "organization/remove-member", { memberIdOrEmail: newEmail() });
    await as(guest, "unlink-account", { providerId: 1 });
    await as(person, "sign-out", {});
    const events = await server.database.sql`
      select action, actor, target, outcome from audit_event
      where action <> 'account.signed_up' and (action like 'account.%' or action like 'organization.%') order by id`;
    expect(events.map(({ action, actor, target, outcome }) => [action, actor, target, outcome])).toEqual([
      ["organization.created", person.id, id, "success"],
      ["organization.activated", person.id, id, "success"],
      ["organization.invited", person.id, id, "success"],
      ["organization.invitation_accepted", guest.id, id, "success"],
      ["organization.member_removed", person.id, id, "failed"],
      ["account.unlinked", guest.id, guest.id, "failed"],
      ["account.signed_out", person.id, person.id, "success"],
    ]);
  });

  test("tells of a password that is tried, a second factor that is looked at and one account of several left", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    for (const [path, body] of [
      ["verify-password", { password: "wrong password" }],
      ["two-factor/get-totp-uri", { password: person.password }],
    ] as const) {
      await postJson(`${server.url}/api/auth/${path}`, body, asBearer(person.bearer).headers);
    }
    const multi = /better-auth\.session_token_multi-[^;]*/.exec(person.cookie)?.[0] ?? "";
    const [sessionToken] = decodeURIComponent(multi.split("=")[1] ?? "").split(".");
    const left = await postJson(
      `${server.url}/api/auth/multi-session/revoke`,
      { sessionToken },
      { cookie: person.cookie, origin: server.url },
    );
    expect(left.status).toBe(200);
    const events = await eventsOf(server);
    expect(events.slice(1).map(({ action, target, outcome }) => [action, target, outcome])).toEqual([
      ["account.password_checked", person.id, "failed"],
      ["account.second_factor_shown", person.id, "failed"],
      ["account.session_ended", person.id, "success"],
    ]);
  });

  test("tells of whom a password was reset by a link", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const { id, email } = await signUp(server.url);
    await postJson(`${server.url}/api/auth/request-password-reset`, { email, redirectTo: "/new" });
    const link = linkIn(await mailbox.next({ to: email, subject: "Choose a new password" }));
    const token = new URL(link).pathname.split("/").at(-1);
    const reset = { token, newPassword: "another horse battery" };
    expect((await postJson(`${server.url}/api/auth/reset-password`, reset)).status).toBe(200);
    const events = await server.database
      .sql`select actor, target, outcome from audit_event where action = 'account.password_reset'`;
    expect(events).toEqual([{ actor: "anonymous", target: id, outcome: "success" }]);
  });

  test("tells an impersonator from whom they look like", async () => {
    await using server = await startAdministered();
    const person = await signUp(server.url);
    const { body } = await server.send("POST", `users/${person.id}/impersonate`);
    await postJson(`${server.url}/api/auth/sign-out`, {}, asBearer(body.session_token).headers);
    const events = await server.database
      .sql`select actor, target from audit_event where action = 'account.signed_out'`;
    expect(events).toEqual([{ actor: server.admin.id, target: person.id }]);
  });

  test("holds no password, token or key, whatever people send", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const canary = "canary-secret-123456";
    const { headers } = asBearer(person.bearer);
    await postJson(`${server.url}/api/auth/sign-in/email`, { email: person.email, password: canary });
    await postJson(`${server.url}/api/auth/sign-in/email`, {
      email: `${canary}@example.com`,
      password: canary,
    });
    await postJson(
      `${server.url}/api/auth/change-password`,
      { currentPassword: person.password, newPassword: `${canary}-new` },
      headers,
    );
    const made = await postJson(`${server.url}/api/auth/api-key/create`, { name: canary }, headers);
    await postJson(`${server.url}/api/auth/reset-password`, { token: canary, newPassword: `${canary}-x` });
    const { key } = await made.json();
    const trail = JSON.stringify(await server.database.sql`select * from audit_event`);
    expect(trail).toContain("account.password_changed");
    expect(trail).toContain("account.api_key_created");
    for (const secret of [canary, person.password, key, person.bearer.split(".")[0]]) {
      expect(trail).not.toContain(secret);
    }
  });
});
