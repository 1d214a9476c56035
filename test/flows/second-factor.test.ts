/** The second factor: asked for after every first factor that is not strong, and good for one sign-in. */
import { describe, expect, test } from "vitest";
import { openBrowser } from "../support/browser.ts";
import { linkIn, openMailbox } from "../support/mailbox.ts";
import { asBearer, credentials, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { enableSecondFactor, totpOf } from "../support/totp.ts";

const signIn = (url: string, { email, password }: Person, headers: Record<string, string> = {}) =>
  postJson(`${url}/api/auth/sign-in/email`, { email, password }, headers);

const isSignedIn = async (url: string, { bearer, cookie }: { bearer: string; cookie: string }) => {
  const headers: Record<string, string> = bearer === "" ? { cookie } : asBearer(bearer).headers;
  return (await fetch(`${url}/api/auth/token`, { headers })).status === 200;
};

describe("with a second factor", () => {
  test("a password alone signs nobody in; the code after it does, once for each sign-in", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const { uri } = await enableSecondFactor(server.url, person);
    const first = await signIn(server.url, person);
    expect(await first.json()).toMatchObject({ twoFactorRedirect: true, twoFactorMethods: ["totp"] });
    const pending = credentials(first);
    expect(await isSignedIn(server.url, pending)).toBe(false);
    const wrong = await postJson(
      `${server.url}/api/auth/two-factor/verify-totp`,
      { code: "000000" },
      { cookie: pending.cookie },
    );
    expect(wrong.status).toBe(401);
    const right = await postJson(
      `${server.url}/api/auth/two-factor/verify-totp`,
      { code: totpOf(uri) },
      { cookie: pending.cookie },
    );
    expect(right.status).toBe(200);
    expect(await isSignedIn(server.url, credentials(right))).toBe(true);
    const replayed = await postJson(
      `${server.url}/api/auth/two-factor/verify-totp`,
      { code: totpOf(uri) },
      { cookie: pending.cookie },
    );
    expect(replayed.status).toBe(401);
  });

  test("goes by the name people know the site by, in the authenticator app and in passkeys", async () => {
    await using server = await startTestServer({
      project: { name: "Analytical Engines", passkeys: { rpId: "example.com" } },
    });
    const person = await signUp(server.url);
    const { uri, bearer } = await enableSecondFactor(server.url, person);
    expect(new URL(uri).searchParams.get("issuer")).toBe("Analytical Engines");
    const options = await fetch(`${server.url}/api/auth/passkey/generate-register-options`, asBearer(bearer));
    expect(await options.json()).toMatchObject({ rp: { name: "Analytical Engines", id: "example.com" } });
  });

  test("a code by mail or a link does not go round it", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const person = await signUp(server.url);
    await enableSecondFactor(server.url, person);

    await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, {
      email: person.email,
      type: "sign-in",
    });
    const mail = await mailbox.next({ to: person.email, subject: /code/i });
    const otp = /\b\d{6}\b/.exec(mail.text)?.[0];
    const byCode = await postJson(`${server.url}/api/auth/sign-in/email-otp`, { email: person.email, otp });
    expect(await byCode.json()).toMatchObject({ twoFactorRedirect: true });
    expect(await isSignedIn(server.url, credentials(byCode))).toBe(false);

    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email: person.email });
    const link = /https?:\/\/\S+magic-link\S+/.exec(
      (await mailbox.next({ to: person.email, subject: /link|sign/i })).text,
    )?.[0];
    const followed = await fetch(String(link), { redirect: "manual" });
    expect(followed.status).toBe(302);
    expect(followed.headers.get("location")).toMatch(`${server.url}/two-factor?callbackURL=`);
    expect(await isSignedIn(server.url, credentials(followed))).toBe(false);
  });

  test("a link leads to the project's own page for it, with where it was to end", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({
      env: { SMTP_URL: mailbox.url, CORS_ORIGINS: "https://app.example.com" },
      project: { pages: { secondFactor: "https://app.example.com/code?lang=en" } },
    });
    const person = await signUp(server.url);
    await enableSecondFactor(server.url, person);
    const { email } = person;
    const callbackURL = "https://app.example.com/tasks";
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email, callbackURL });
    const { text } = await mailbox.next({ to: email, subject: /sign/i });
    const link = /https?:\/\/\S+magic-link\S+/.exec(text)?.[0] ?? "";
    const location = new URL((await fetch(link, { redirect: "manual" })).headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe("https://app.example.com/code");
    expect(Object.fromEntries(location.searchParams)).toEqual({ lang: "en", callbackURL });
  });

  test("what was passed, asked for and failed is on record with whose it was", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const person = await signUp(server.url);
    await enableSecondFactor(server.url, person);
    const { cookie } = credentials(await signIn(server.url, person));
    await postJson(`${server.url}/api/auth/two-factor/verify-totp`, { code: "000000" }, { cookie });
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email: person.email });
    await fetch(linkIn(await mailbox.next({ to: person.email, subject: /link|sign/i })), {
      redirect: "manual",
    });
    const events = await server.database.sql`
      select target, outcome, detail->>'path' as path, detail->>'code' as code from audit_event
      where action in ('account.signed_in', 'account.second_factor_passed') order by id offset 1`;
    expect(events).toEqual([
      {
        target: person.id,
        outcome: "success",
        path: "/sign-in/email",
        code: "SECOND_FACTOR_ASKED",
      },
      { target: person.id, outcome: "failed", path: "/two-factor/verify-totp", code: "INVALID_CODE" },
      {
        target: person.id,
        outcome: "success",
        path: "/magic-link/verify",
        code: "SECOND_FACTOR_ASKED",
      },
    ]);
  });

  test("a trusted device is not asked again, until it is told to forget", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const { uri } = await enableSecondFactor(server.url, person);
    const pending = credentials(await signIn(server.url, person));
    const trusted = await postJson(
      `${server.url}/api/auth/two-factor/verify-totp`,
      { code: totpOf(uri), trustDevice: true },
      { cookie: pending.cookie },
    );
    const { cookie } = credentials(trusted);
    const again = await signIn(server.url, person, { cookie });
    expect(await again.json()).toMatchObject({ user: { email: person.email } });
    const elsewhere = await signIn(server.url, person);
    expect(await elsewhere.json()).toMatchObject({ twoFactorRedirect: true });
  });

  test("a backup code works exactly once, also of twenty at the same moment", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const { backupCodes } = await enableSecondFactor(server.url, person);
    const pending = await Promise.all(Array.from({ length: 20 }, () => signIn(server.url, person)));
    const answers = await Promise.all(
      pending.map((response) =>
        postJson(
          `${server.url}/api/auth/two-factor/verify-backup-code`,
          { code: backupCodes[0] },
          { cookie: credentials(response).cookie },
        ),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test("a code signs in exactly once, also of twenty at the same moment, and never again", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const { uri } = await enableSecondFactor(server.url, person);
    const code = totpOf(uri);
    const use = async () => {
      const { cookie } = credentials(await signIn(server.url, person));
      return postJson(`${server.url}/api/auth/two-factor/verify-totp`, { code }, { cookie });
    };
    const answers = await Promise.all(Array.from({ length: 20 }, use));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(19);
    expect((await use()).status).toBe(401);
    const next = totpOf(uri, Date.now() + 30_000);
    const { cookie } = credentials(await signIn(server.url, person));
    const wrongOnce = async (sent: string) =>
      (await postJson(`${server.url}/api/auth/two-factor/verify-totp`, { code: sent }, { cookie })).status;
    expect([await wrongOnce("000000"), await wrongOnce("000000"), await wrongOnce(next)]).toEqual([
      401, 401, 200,
    ]);
  });

  test("several accounts in one browser go on, however often their people sign in", async () => {
    await using server = await startTestServer();
    const [ada, ben] = [await signUp(server.url), await signUp(server.url)];
    const { backupCodes } = await enableSecondFactor(server.url, ada);
    const browser = openBrowser();
    for (const code of backupCodes.slice(0, 6)) {
      await browser.post(`${server.url}/api/auth/sign-in/email`, ada);
      const answer = await browser.post(`${server.url}/api/auth/two-factor/verify-backup-code`, { code });
      expect(answer.status).toBe(200);
    }
    await browser.post(`${server.url}/api/auth/sign-in/email`, ben);
    const sessions = await browser.get(`${server.url}/api/auth/multi-session/list-device-sessions`);
    expect((await sessions.json()).map(({ user }: { user: { id: string } }) => user.id).toSorted()).toEqual(
      [ada.id, ben.id].toSorted(),
    );
  });

  test("a role can want one: no token and no administration before it, and both after", async () => {
    await using server = await startTestServer({
      project: { roles: { turner: { permissions: ["keys:*"], secondFactor: true } } },
    });
    const person = await signUp(server.url);
    await server.database.sql`update "user" set role = 'turner' where id = ${person.id}`;
    const refused = await fetch(`${server.url}/api/auth/token`, asBearer(person.bearer));
    expect(refused.status).toBe(403);
    expect((await refused.json()).code).toBe("second_factor_required");
    expect((await fetch(`${server.url}/admin/keys`, asBearer(person.bearer))).status).toBe(403);
    const { bearer } = await enableSecondFactor(server.url, person);
    expect((await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status).toBe(200);
    expect((await fetch(`${server.url}/admin/keys`, asBearer(bearer))).status).toBe(200);
  });

  test("ends the sessions begun without it, once it is enabled", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    const elsewhere = credentials(await signIn(server.url, person));
    expect(await isSignedIn(server.url, elsewhere)).toBe(true);
    const { bearer } = await enableSecondFactor(server.url, person);
    expect(await isSignedIn(server.url, elsewhere)).toBe(false);
    expect(await isSignedIn(server.url, { bearer, cookie: "" })).toBe(true);
  });

  test("nobody is asked who has none", async () => {
    await using server = await startTestServer();
    const person = await signUp(server.url);
    expect(await (await signIn(server.url, person)).json()).toMatchObject({ user: { email: person.email } });
  });
});
