/** Mail about what was done with an account: when it comes, to whom, and when it does not. */
import { describe, expect, test } from "vitest";
import { describeDevice, deviceFingerprint } from "../../src/accounts/device.ts";
import { type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const NEXT_FIREFOX = FIREFOX.replaceAll("145", "146");
const SAFARI =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1";

const start = (mailbox: Mailbox) =>
  startTestServer({ env: { SMTP_URL: mailbox.url, TRUSTED_PROXIES: "127.0.0.0/8,::1" } });

const from = (userAgent: string, address: string) => ({
  "user-agent": userAgent,
  "x-forwarded-for": address,
});
const PASSWORD = "correct horse battery";

async function signUpFrom(server: TestServer, userAgent: string, address: string): Promise<string> {
  const body = { email: newEmail(), password: PASSWORD, name: "Ada" };
  await postJson(`${server.url}/api/auth/sign-up/email`, body, from(userAgent, address));
  return body.email;
}

async function signInFrom(
  server: TestServer,
  email: string,
  userAgent: string,
  address: string,
): Promise<Response> {
  const body = { email, password: PASSWORD };
  const answer = await postJson(`${server.url}/api/auth/sign-in/email`, body, from(userAgent, address));
  expect(answer.status).toBe(200);
  return answer;
}

const noticesOf = async ({ database }: TestServer, kind: string): Promise<number> =>
  (await database.sql`select 1 from mail where kind = ${kind}`).length;

describe("a notice of a new device", () => {
  test("comes for another program and for another network, once, and not for the first one", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const email = await signUpFrom(server, FIREFOX, "203.0.113.7");
    await signInFrom(server, email, FIREFOX, "203.0.113.7");
    await signInFrom(server, email, NEXT_FIREFOX, "203.0.113.99");
    expect(await noticesOf(server, "new-device")).toBe(0);
    await signInFrom(server, email, SAFARI, "203.0.113.7");
    const notice = await mailbox.next({ to: email, subject: "New sign-in" });
    expect(notice.text).toMatch(
      /with Safari on iPhone, from 203\.0\.113\.7, on 20\d\d-\d\d-\d\d \d\d:\d\d UTC/,
    );
    await signInFrom(server, email, FIREFOX, "198.51.100.1");
    await mailbox.next({ to: email, subject: "New sign-in" });
    await signInFrom(server, email, SAFARI, "203.0.113.8");
    await signInFrom(server, email, FIREFOX, "198.51.100.2");
    expect(await noticesOf(server, "new-device")).toBe(2);
  });

  test("remembers devices after signing out, and forgets them with the person", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const email = await signUpFrom(server, FIREFOX, "203.0.113.7");
    const { token } = await (await signInFrom(server, email, FIREFOX, "203.0.113.7")).json();
    expect(token).toEqual(expect.any(String));
    await server.database.sql`delete from session`;
    await signInFrom(server, email, FIREFOX, "203.0.113.7");
    expect(await noticesOf(server, "new-device")).toBe(0);
    await signInFrom(server, email, SAFARI, "203.0.113.7");
    expect(await noticesOf(server, "new-device")).toBe(1);
    await server.database.sql`delete from "user"`;
    expect(await server.database.sql`select 1 from known_device`).toHaveLength(0);
  });

  test("that cannot be written down does not stop anybody from signing in", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const email = await signUpFrom(server, FIREFOX, "203.0.113.7");
    await server.database.sql`alter table known_device rename to known_device_gone`;
    await signInFrom(server, email, SAFARI, "203.0.113.7");
    expect(server.log.join("")).toContain("a notice was not mailed");
    expect(server.log.join("")).not.toContain(email);
  });

  test.each([
    [FIREFOX, "Firefox on Linux"],
    [SAFARI, "Safari on iPhone"],
    [
      "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
      "Edge on Windows",
    ],
    [
      "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile",
      "Chrome on Android",
    ],
    ["curl/8.17.0", "another program"],
    ["Your account is locked, visit evil.example.com", "another program"],
    ["", "another program"],
  ])("calls %j %s", (userAgent, name) => {
    expect(describeDevice(userAgent)).toBe(name);
  });

  test("tells networks apart by /24 and /48, and programs it cannot name by their own words", () => {
    const here = deviceFingerprint("curl/8.17.0", "203.0.113.7");
    expect(deviceFingerprint("curl/8.18.1", "::ffff:203.0.113.200")).toBe(here);
    expect(deviceFingerprint("wget/8.17.0", "203.0.113.7")).not.toBe(here);
    expect(deviceFingerprint("curl/8.17.0", "203.0.114.7")).not.toBe(here);
    const six = deviceFingerprint(FIREFOX, "2001:db8:1:2::3");
    expect(deviceFingerprint(FIREFOX, "2001:db8:1:ffff::1")).toBe(six);
    expect(deviceFingerprint(FIREFOX, "2001:db8:2::1")).not.toBe(six);
    expect(deviceFingerprint(FIREFOX, "")).toBe(deviceFingerprint(FIREFOX, "nonsense"));
  });
});

describe("a notice of a changed password", () => {
  test("comes when the person changed it, and not when that was refused", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email, bearer } = await signUp(server.url);
    const change = (currentPassword: string) =>
      postJson(
        `${server.url}/api/auth/change-password`,
        { currentPassword, newPassword: "another horse entirely" },
        asBearer(bearer).headers,
      );
    expect((await change("not the password")).status).toBe(400);
    expect(await noticesOf(server, "password-changed")).toBe(0);
    expect((await change(PASSWORD)).status).toBe(200);
    const notice = await mailbox.next({ to: email, subject: "Your password" });
    expect(notice.text + notice.html).not.toContain("another horse");
  });

  test("comes when an administrator has set it", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({
      env: { SMTP_URL: mailbox.url, ADMIN_EMAIL: "admin@example.com" },
    });
    const admin = await signUp(server.url, { email: "admin@example.com" });
    const person = await signUp(server.url);
    const set = (bearer: string) =>
      fetch(`${server.url}/admin/users/${person.id}/password`, {
        method: "PUT",
        headers: { ...asBearer(bearer).headers, "content-type": "application/json" },
        body: JSON.stringify({ password: "another horse entirely" }),
      });
    expect((await set(person.bearer)).status).toBe(403);
    expect(await noticesOf(server, "password-changed")).toBe(0);
    expect((await set(admin.bearer)).status).toBe(204);
    await mailbox.next({ to: person.email, subject: "Your password" });
  });
});
