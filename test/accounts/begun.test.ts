/** Links, challenges and trusted devices end with the password, the address or the second factor they belong to. */
import { describe, expect, test } from "vitest";
import { open } from "../support/auth-client.ts";
import { linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, credentials, newEmail, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { totpOf } from "../support/totp.ts";

const start = (mailbox: Mailbox) => startTestServer({ env: { SMTP_URL: mailbox.url } });
const NEW_PASSWORD = "another horse entirely";

async function resetLink({ url }: TestServer, mailbox: Mailbox, email: string): Promise<string> {
  await postJson(`${url}/api/auth/request-password-reset`, { email, redirectTo: "/new-password" });
  const link = new URL(linkIn(await mailbox.next({ to: email, subject: "Choose a new password" })));
  return link.pathname.split("/").at(-1) ?? "";
}

const reset = async ({ url }: TestServer, token: string): Promise<number> =>
  (await postJson(`${url}/api/auth/reset-password`, { token, newPassword: NEW_PASSWORD })).status;

const changePassword = ({ url }: TestServer, { bearer, password }: Person) =>
  postJson(
    `${url}/api/auth/change-password`,
    { currentPassword: password, newPassword: NEW_PASSWORD },
    asBearer(bearer).headers,
  );

async function enable({ url }: TestServer, { password }: Person, bearer: string) {
  const { headers } = asBearer(bearer);
  const enabled = await postJson(`${url}/api/auth/two-factor/enable`, { password }, headers);
  const uri: string = (await enabled.json()).totpURI;
  const code = totpOf(uri);
  const verified = await postJson(`${url}/api/auth/two-factor/verify-totp`, { code }, headers);
  return { uri, bearer: credentials(verified).bearer };
}

const signIn = ({ url }: TestServer, { email, password }: Person, cookie = "") =>
  postJson(`${url}/api/auth/sign-in/email`, { email, password }, { cookie });

describe("a link to a new password", () => {
  test("is dead once another one was used", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const { email } = await signUp(server.url);
    const [first, second] = [
      await resetLink(server, mailbox, email),
      await resetLink(server, mailbox, email),
    ];
    expect(await reset(server, first)).toBe(200);
    expect(await reset(server, second)).toBe(400);
  });

  test("is dead once the password was changed, and lives when that was refused", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const [ada, ben] = [await signUp(server.url), await signUp(server.url)];
    const [first, second] = [
      await resetLink(server, mailbox, ada.email),
      await resetLink(server, mailbox, ben.email),
    ];
    expect((await changePassword(server, ada)).status).toBe(200);
    expect((await changePassword(server, { ...ben, password: "wrong password" })).status).toBe(400);
    expect([await reset(server, first), await reset(server, second)]).toEqual([400, 200]);
  });

  test("is dead once the address is another one: who reads the old one has no say any more", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const ada = await signUp(server.url);
    const token = await resetLink(server, mailbox, ada.email);
    const moved = newEmail();
    await postJson(`${server.url}/api/auth/change-email`, { newEmail: moved }, asBearer(ada.bearer).headers);
    await open(linkIn(await mailbox.next({ to: ada.email, subject: "Confirm the new address" })));
    await open(linkIn(await mailbox.next({ to: moved })));
    await mailbox.next({ to: ada.email, subject: "was changed" });
    expect(await reset(server, token)).toBe(400);
  });
});

test("a sign-in that waits for its second factor ends when the password is changed", async () => {
  await using server = await startTestServer();
  const ada = await signUp(server.url);
  const { uri, bearer } = await enable(server, ada, ada.bearer);
  const { cookie } = credentials(await signIn(server, ada));
  expect((await changePassword(server, { ...ada, bearer })).status).toBe(200);
  const code = totpOf(uri);
  const late = await postJson(`${server.url}/api/auth/two-factor/verify-totp`, { code }, { cookie });
  expect(late.status).toBe(401);
});

test("a trusted device is trusted no more once the second factor was turned off, and on again", async () => {
  await using server = await startTestServer();
  const ada = await signUp(server.url);
  const { uri, bearer } = await enable(server, ada, ada.bearer);
  const { cookie } = credentials(await signIn(server, ada));
  const trusting = await postJson(
    `${server.url}/api/auth/two-factor/verify-totp`,
    { code: totpOf(uri), trustDevice: true },
    { cookie },
  );
  const trusted = credentials(trusting).cookie;
  const disabled = await postJson(
    `${server.url}/api/auth/two-factor/disable`,
    { password: ada.password },
    asBearer(bearer).headers,
  );
  await enable(server, ada, credentials(disabled).bearer);
  expect(await (await signIn(server, ada, trusted)).json()).toMatchObject({ twoFactorRedirect: true });
});
