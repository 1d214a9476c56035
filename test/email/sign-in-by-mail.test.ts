/** Signing in by a link or a code from a mail, and what strangers can make of either. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { authClient, destination, open } from "../support/auth-client.ts";
import { codeIn, linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, credentials, newEmail, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const start = (mailbox: Mailbox) => startTestServer({ env: { SMTP_URL: mailbox.url } });

/** Whose address is confirmed: signing in by mail takes the password of others away. */
async function verifiedPerson(server: TestServer) {
  const person = await signUp(server.url);
  await server.database.sql`update "user" set email_verified = true where id = ${person.id}`;
  return person;
}

const usersOf = ({ database }: TestServer) => database.sql`select email, email_verified, name from "user"`;

afterEach(() => {
  vi.useRealTimers();
});

describe("a link by mail", () => {
  const askFor = async (server: TestServer, mailbox: Mailbox, email: string, name?: string) => {
    const { error } = await authClient(server.url).signIn.magicLink({ email, ...(name && { name }) });
    expect(error).toBeNull();
    return linkIn(await mailbox.next({ to: email, subject: "Sign in" }));
  };

  test("signs in whoever opens it, as browser and as bearer", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email, id } = await verifiedPerson(server);
    const answer = await open(await askFor(server, mailbox, email));
    expect([answer.status, destination(answer)]).toEqual([302, `${server.url}/`]);
    const { cookie, bearer } = credentials(answer);
    const session = await fetch(`${server.url}/api/auth/get-session`, { headers: { cookie } });
    expect((await session.json()).user.id).toBe(id);
    expect(await tokenOf(server.url, bearer)).toMatch(/^ey/);
  });

  test("works for one of twenty who open it at the same time, and never again", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const link = await askFor(server, mailbox, email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => open(link)));
    expect(answers.filter((answer) => credentials(answer).cookie !== "")).toHaveLength(1);
    const late = await open(link);
    expect(destination(late)).toContain("error=INVALID_TOKEN");
    expect(credentials(late)).toEqual({ bearer: "", cookie: "" });
  });

  test("is dead after five minutes", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const link = await askFor(server, mailbox, email);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
    expect(destination(await open(link))).toContain("error=INVALID_TOKEN");
  });

  test("for an address without an account is not sent, and the answer does not tell", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const answers = await Promise.all(
      [email, newEmail()].map(async (address) => {
        const answer = await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email: address });
        return { status: answer.status, body: await answer.json() };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(await server.database.sql`select recipient from mail where kind = 'magic-link'`).toEqual([
      { recipient: email },
    ]);
  });

  test("makes an account for whoever gives a name with the address: that is signing up", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const email = newEmail();
    const answer = await open(await askFor(server, mailbox, email, "Grace"));
    expect(credentials(answer).cookie).not.toBe("");
    expect(await usersOf(server)).toEqual([{ email, email_verified: true, name: "Grace" }]);
  });

  test("takes the account away from somebody who signed up with an address that is not theirs", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const squatter = await signUp(server.url);
    await open(await askFor(server, mailbox, squatter.email));
    const signIn = await postJson(`${server.url}/api/auth/sign-in/email`, squatter);
    expect(signIn.status).toBe(401);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(squatter.bearer))).status).toBe(401);
  });
});

describe("a code by mail", () => {
  const askFor = async (server: TestServer, mailbox: Mailbox, email: string) => {
    const { error } = await authClient(server.url).emailOtp.sendVerificationOtp({ email, type: "sign-in" });
    expect(error).toBeNull();
    return codeIn(await mailbox.next({ to: email, subject: "Your code" }));
  };
  const use = async ({ url }: TestServer, email: string, otp: string) => {
    const answer = await postJson(`${url}/api/auth/sign-in/email-otp`, { email, otp });
    const { request_id: _, ...body } = await answer.json();
    return { status: answer.status, body };
  };
  const wrong = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, "0");

  test("signs in", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email, id } = await verifiedPerson(server);
    const { data } = await authClient(server.url).signIn.emailOtp({
      email,
      otp: await askFor(server, mailbox, email),
    });
    expect(data?.user.id).toBe(id);
  });

  test("works for one of twenty who use it at the same time, and never again", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const code = await askFor(server, mailbox, email);
    const answers = await Promise.all(Array.from({ length: 20 }, () => use(server, email, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect((await use(server, email, code)).body.code).toBe("INVALID_OTP");
  });

  test("is dead after three wrong ones, and after five minutes", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const code = await askFor(server, mailbox, email);
    for (let attempt = 0; attempt < 3; attempt++) {
      expect((await use(server, email, wrong(code))).status).toBe(400);
    }
    expect((await use(server, email, code)).status).toBe(400);
    const second = await askFor(server, mailbox, email);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 301_000 });
    expect((await use(server, email, second)).status).toBe(400);
  });

  test("for an address without an account is answered alike at every step, and nothing is sent or made", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await verifiedPerson(server);
    const stranger = newEmail();
    const dialogue = async (address: string) => {
      const asked = await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, {
        email: address,
        type: "sign-in",
      });
      const answers: object[] = [{ status: asked.status, body: await asked.json() }];
      for (let attempt = 0; attempt < 5; attempt++) answers.push(await use(server, address, "00000"));
      return answers;
    };
    expect(await dialogue(stranger)).toEqual(await dialogue(email));
    expect(await server.database.sql`select recipient from mail where kind = 'one-time-code'`).toEqual([
      { recipient: email },
    ]);
    expect(await usersOf(server)).toHaveLength(1);
  });

  test("cannot be tried out without being used", async () => {
    await using server = await startTestServer();
    const body = { email: newEmail(), type: "sign-in", otp: "123456" };
    expect((await postJson(`${server.url}/api/auth/email-otp/check-verification-otp`, body)).status).toBe(
      404,
    );
  });
});
