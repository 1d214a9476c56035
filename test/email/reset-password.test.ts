/** A new password by mail: for whoever reads the address, once, and nothing for anybody else. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { authClient, destination, open } from "../support/auth-client.ts";
import { linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const NEW_PASSWORD = "another horse entirely";

const start = (mailbox: Mailbox) => startTestServer({ env: { SMTP_URL: mailbox.url } });

/** Up to the page of the front end that asks for the new password. */
async function askForToken(server: TestServer, mailbox: Mailbox, email: string): Promise<string> {
  const { error } = await authClient(server.url).requestPasswordReset({ email, redirectTo: "/new-password" });
  expect(error).toBeNull();
  const mail = await mailbox.next({ to: email, subject: "Choose a new password" });
  const page = new URL(destination(await open(linkIn(mail))), server.url);
  expect(page.pathname).toBe("/new-password");
  return page.searchParams.get("token") ?? "";
}

const signIn = ({ url }: TestServer, email: string, password: string) =>
  postJson(`${url}/api/auth/sign-in/email`, { email, password });

afterEach(() => {
  vi.useRealTimers();
});

describe("resetting a password", () => {
  test("sets the new one, ends every session, and tells the person", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await signUp(server.url);
    const token = await askForToken(server, mailbox, person.email);
    const { error } = await authClient(server.url).resetPassword({ token, newPassword: NEW_PASSWORD });
    expect(error).toBeNull();
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer))).status).toBe(401);
    expect((await signIn(server, person.email, person.password)).status).toBe(401);
    expect((await signIn(server, person.email, NEW_PASSWORD)).status).toBe(200);
    const notice = await mailbox.next({ to: person.email, subject: "was changed" });
    expect(notice.text).toMatch(/password of your account .* was changed on 20\d\d-/);
    expect(notice.text).not.toContain(NEW_PASSWORD);
  });

  test.each<[string, string, string, object]>([
    ["has given the account another address", "PATCH", "", { email: "right@example.com" }],
    ["has set a password", "PUT", "/password", { password: NEW_PASSWORD }],
  ])("fails with a link from before an administrator %s", async (_, method, path, body) => {
    await using mailbox = await openMailbox();
    await using server = await startAdministered({ env: { SMTP_URL: mailbox.url } });
    const { id, email } = await signUp(server.url);
    const token = await askForToken(server, mailbox, email);
    expect((await server.send(method, `users/${id}${path}`, body)).status).toBeLessThan(300);
    const { error } = await authClient(server.url).resetPassword({ token, newPassword: "of the thief" });
    expect(error?.status).toBe(400);
  });

  test("works once, also when twenty use the same link at the same time", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const token = await askForToken(server, mailbox, email);
    const passwords = Array.from({ length: 20 }, (_, index) => `${NEW_PASSWORD} ${index}`);
    const answers = await Promise.all(
      passwords.map((newPassword) =>
        postJson(`${server.url}/api/auth/reset-password`, { token, newPassword }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 400)).toHaveLength(19);
    const winner = answers.findIndex(({ status }) => status === 200);
    expect((await signIn(server, email, passwords[winner] ?? "")).status).toBe(200);
    const again = await authClient(server.url).resetPassword({ token, newPassword: NEW_PASSWORD });
    expect(again.error?.code).toBe("INVALID_TOKEN");
  });

  test("is over after an hour", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await signUp(server.url);
    const token = await askForToken(server, mailbox, person.email);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_601_000 });
    const { error } = await authClient(server.url).resetPassword({ token, newPassword: NEW_PASSWORD });
    expect(error?.code).toBe("INVALID_TOKEN");
    expect((await signIn(server, person.email, person.password)).status).toBe(200);
  });

  test("by code is not offered", async () => {
    await using server = await startTestServer();
    for (const path of [
      "email-otp/request-password-reset",
      "forget-password/email-otp",
      "email-otp/reset-password",
    ]) {
      expect((await postJson(`${server.url}/api/auth/${path}`, { email: newEmail() })).status, path).toBe(
        404,
      );
    }
  });
});

describe("asking for a new password", () => {
  test("is answered alike for an address that is known and one that is not, at the same time", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const ask = async (address: string) => {
      const begun = performance.now();
      const answer = await postJson(`${server.url}/api/auth/request-password-reset`, { email: address });
      return { status: answer.status, body: await answer.json(), ms: performance.now() - begun };
    };
    const [known, unknown] = [await ask(email), await ask(newEmail())];
    expect({ ...unknown, ms: 0 }).toEqual({ ...known, ms: 0 });
    // Both wait for the same beat of a clock.
    expect(Math.min(known.ms, unknown.ms)).toBeGreaterThanOrEqual(195);
    expect(await server.database.sql`select recipient from mail where kind = 'reset-password'`).toEqual([
      { recipient: email },
    ]);
  });

  test("with a page of a stranger's to go on to is refused", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const body = { email, redirectTo: "https://evil.example.com/new-password" };
    expect((await postJson(`${server.url}/api/auth/request-password-reset`, body)).status).toBe(403);
    expect(await server.database.sql`select 1 from mail where kind = 'reset-password'`).toHaveLength(0);
  });
});
