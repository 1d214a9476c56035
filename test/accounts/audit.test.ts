/** What people do to their accounts is on record, with what became of it, from where, and never with a secret. */
import { describe, expect, test } from "vitest";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
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
