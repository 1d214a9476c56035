/** Somebody who signed up with an address that is another's, and made ways in for later. */
import { describe, expect, test } from "vitest";
import { open } from "../support/auth-client.ts";
import { codeIn, linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { asBearer, credentials, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const start = (mailbox: Mailbox) => startTestServer({ env: { SMTP_URL: mailbox.url } });

/** An account with every way in there is. */
async function squat({ url, database }: TestServer): Promise<Person & { key: string }> {
  const squatter = await signUp(url);
  const { headers } = asBearer(squatter.bearer);
  const made = await postJson(`${url}/api/auth/api-key/create`, { name: "for later" }, headers);
  // Neither an authenticator nor another provider is at hand; what they leave behind is a row each.
  await database.sql`
    insert into passkey (id, user_id, public_key, credential_id, counter, device_type, backed_up)
    values ('passkey', ${squatter.id}, '', 'credential', 0, 'singleDevice', false)`;
  await database.sql`
    insert into account (id, user_id, provider_id, account_id) values ('link', ${squatter.id}, 'corp', 'squatter')`;
  return { ...squatter, key: (await made.json()).key };
}

/** What is left of the ways in that are not the owner's own. */
async function leftOf({ url, database: { sql } }: TestServer, { id, key }: Person & { key: string }) {
  const byKey = await fetch(`${url}/api/auth/token`, { headers: { "x-api-key": key } });
  return {
    key: byKey.status === 200,
    passkeys: (await sql`select 1 from passkey where user_id = ${id}`).length,
    links: (await sql`select 1 from account where user_id = ${id} and provider_id = 'corp'`).length,
  };
}
const NOTHING = { key: false, passkeys: 0, links: 0 };

const isSignedIn = async ({ url }: TestServer, answer: Response): Promise<boolean> =>
  (await fetch(`${url}/api/auth/token`, { headers: { cookie: credentials(answer).cookie } })).status === 200;

describe("of an account whose address was never confirmed nothing is left to whoever made it", () => {
  test("when a link by mail signs the owner in", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const squatter = await squat(server);
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email: squatter.email });
    const answer = await open(linkIn(await mailbox.next({ to: squatter.email, subject: "Sign in" })));
    expect(await isSignedIn(server, answer)).toBe(true);
    expect(await leftOf(server, squatter)).toEqual(NOTHING);
  });

  test("when a code by mail does", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const squatter = await squat(server);
    const { email } = squatter;
    await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, { email, type: "sign-in" });
    const otp = codeIn(await mailbox.next({ to: email, subject: "Your code" }));
    const answer = await postJson(`${server.url}/api/auth/sign-in/email-otp`, { email, otp });
    expect(await isSignedIn(server, answer)).toBe(true);
    expect(await leftOf(server, squatter)).toEqual(NOTHING);
  });

  test("when the owner chooses a new password by mail, which confirms the address", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const squatter = await squat(server);
    const { email } = squatter;
    await postJson(`${server.url}/api/auth/request-password-reset`, { email, redirectTo: "/new-password" });
    const link = new URL(linkIn(await mailbox.next({ to: email, subject: "Choose a new password" })));
    const [token, password] = [link.pathname.split("/").at(-1), "another horse entirely"];
    const reset = await postJson(`${server.url}/api/auth/reset-password`, { token, newPassword: password });
    expect(reset.status).toBe(200);
    const answer = await postJson(`${server.url}/api/auth/sign-in/email`, { email, password });
    expect(await answer.json()).toMatchObject({ user: { emailVerified: true } });
    expect(await leftOf(server, squatter)).toEqual(NOTHING);
  });
});

test("of a confirmed address everything stays when a link signs in, also after a ban that is over", async () => {
  await using mailbox = await openMailbox();
  await using server = await start(mailbox);
  const owner = await squat(server);
  await server.database.sql`
    update "user" set email_verified = true, banned = true, ban_expires = now() - interval '1 minute'
    where id = ${owner.id}`;
  await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email: owner.email });
  const answer = await open(linkIn(await mailbox.next({ to: owner.email, subject: "Sign in" })));
  expect(await isSignedIn(server, answer)).toBe(true);
  expect(await leftOf(server, owner)).toEqual({ key: true, passkeys: 1, links: 1 });
});
