/** Confirming an address: the link that comes after signing up, and codes for the same. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { authClient, destination, open } from "../support/auth-client.ts";
import { codeIn, linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, credentials, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const HOUR = 3_600_000;

const start = (mailbox: Mailbox, env = {}) => startTestServer({ env: { SMTP_URL: mailbox.url, ...env } });

async function isVerified({ database }: TestServer, email: string): Promise<boolean> {
  const [row] = await database.sql`select email_verified from "user" where email = ${email}`;
  return row?.["email_verified"] === true;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("the link after signing up", () => {
  test("confirms the address, and leads back to where the front end wants it", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox, { CORS_ORIGINS: "https://app.example.com" });
    const email = newEmail();
    const { error } = await authClient(server.url).signUp.email({
      email,
      name: "<b>Ada</b> has won",
      password: "correct horse battery",
      callbackURL: "https://app.example.com/welcome",
    });
    expect(error).toBeNull();
    expect(await isVerified(server, email)).toBe(false);
    const mail = await mailbox.next({ to: email, subject: "Confirm your address" });
    expect(mail.from).toBe("no-reply@localhost");
    expect(mail.header("auto-submitted")).toBe("auto-generated");
    expect(mail.text + mail.html).not.toMatch(/Ada|has won/);
    const link = linkIn(mail);
    expect(link).toMatch(new RegExp(`^${server.url}/api/auth/verify-email\\?token=`));
    expect(destination(await open(link))).toBe("https://app.example.com/welcome");
    expect(await isVerified(server, email)).toBe(true);
  });

  test("used again is harmless, and signs nobody in, however often it is used", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const link = linkIn(await mailbox.next({ to: email }));
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(link)));
    for (const answer of [...answers, await open(link)]) {
      expect([answer.status, destination(answer)]).toEqual([302, "/"]);
      expect(credentials(answer)).toEqual({ bearer: "", cookie: "" });
    }
    expect(await isVerified(server, email)).toBe(true);
    expect(await server.database.sql`select 1 from session`).toHaveLength(1);
  });

  test("does nothing after an hour, nor for anybody else, nor when it was changed", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const link = linkIn(await mailbox.next({ to: email }));
    expect(destination(await open(link.replace("token=ey", "token=ex")))).toBe("/?error=INVALID_TOKEN");
    await server.database.sql`update "user" set email = 'other@example.com'`;
    await server.database.sql`insert into "user" (id, name, email) values ('new', 'Ada', ${email})`;
    expect(destination(await open(link))).toBe("/?error=INVALID_TOKEN");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR + 1_000 });
    expect(destination(await open(link))).toBe("/?error=TOKEN_EXPIRED");
    expect(await isVerified(server, email)).toBe(false);
  });

  test("never leads to an origin that is not trusted", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const body = { email: newEmail(), name: "Ada", password: "correct horse battery" };
    const refused = await postJson(`${server.url}/api/auth/sign-up/email`, {
      ...body,
      callbackURL: "https://evil.example.com",
    });
    expect(refused.status).toBe(403);
    const { email } = await signUp(server.url);
    const link = new URL(linkIn(await mailbox.next({ to: email })));
    for (const target of ["https://evil.example.com", "//evil.example.com", "/\\evil.example.com"]) {
      link.searchParams.set("callbackURL", target);
      expect((await open(link.href)).status, target).toBe(403);
    }
    expect(await isVerified(server, email)).toBe(false);
  });
});

describe("asking for another mail to confirm an address", () => {
  test("is answered alike whether the address is unknown, known or confirmed; only the second gets mail", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const [open_, done] = [await signUp(server.url), await signUp(server.url)];
    await server.database.sql`update "user" set email_verified = true where email = ${done.email}`;
    await server.database.sql`delete from mail`;
    for (const email of [newEmail(), open_.email, done.email]) {
      const { data, error } = await authClient(server.url).sendVerificationEmail({ email });
      expect([data, error]).toEqual([{ status: true }, null]);
    }
    expect(await server.database.sql`select kind, recipient from mail`).toEqual([
      { kind: "verification", recipient: open_.email },
    ]);
  });

  test("as a code works too, once", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const client = authClient(server.url);
    await client.emailOtp.sendVerificationOtp({ email, type: "email-verification" });
    await mailbox.next({ to: email, subject: "Confirm" });
    const otp = codeIn(await mailbox.next({ to: email, subject: "Confirm" }));
    expect((await client.emailOtp.verifyEmail({ email, otp })).error).toBeNull();
    expect(await isVerified(server, email)).toBe(true);
    expect((await client.emailOtp.verifyEmail({ email, otp })).error?.code).toBe("INVALID_OTP");
  });
});

test("a token says whether the address is confirmed, as soon as it is", async () => {
  await using mailbox = await openMailbox();
  await using server = await start(mailbox);
  const { email, bearer } = await signUp(server.url);
  const claim = async () => {
    const { token } = await (await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).json();
    return JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString()).email_verified;
  };
  expect(await claim()).toBe(false);
  await open(linkIn(await mailbox.next({ to: email })));
  expect(await claim()).toBe(true);
});
