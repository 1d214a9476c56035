/** Another address for an account: the old one is asked first, the new one second, and the old one is told. */
import { describe, expect, test } from "vitest";
import { authClient, destination, open } from "../support/auth-client.ts";
import { linkIn, type Mailbox, openMailbox } from "../support/mailbox.ts";
import { newEmail, type Person, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const start = (mailbox: Mailbox) => startTestServer({ env: { SMTP_URL: mailbox.url } });

async function verified(server: TestServer, person: Person): Promise<Person> {
  await server.database.sql`update "user" set email_verified = true where id = ${person.id}`;
  return person;
}

const emailOf = async ({ database }: TestServer, id: string): Promise<unknown> =>
  (await database.sql`select email from "user" where id = ${id}`)[0]?.["email"];

const ask = async ({ url }: TestServer, { bearer }: Person, address: string) => {
  const { data, error } = await authClient(url, bearer).changeEmail({ newEmail: address });
  expect([data, error]).toEqual([{ status: true }, null]);
};

describe("changing the address of an account", () => {
  test("happens when the old address has agreed and the new one as well, and the old one is told", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await verified(server, await signUp(server.url));
    const address = newEmail();
    await ask(server, person, address);
    const question = await mailbox.next({ to: person.email, subject: "Confirm the new address" });
    expect(question.text).toContain(address);
    expect(mailbox.received.filter(({ to }) => to === address)).toEqual([]);
    await open(linkIn(question));
    expect(await emailOf(server, person.id)).toBe(person.email);
    const confirmation = linkIn(await mailbox.next({ to: address, subject: "Confirm your address" }));
    await open(confirmation);
    expect(await emailOf(server, person.id)).toBe(address);
    const notice = await mailbox.next({ to: person.email, subject: "was changed" });
    expect(notice.text).toContain(address);

    for (const link of [linkIn(question), confirmation]) {
      expect(destination(await open(link))).toBe("/?error=INVALID_TOKEN");
    }
    const signIn = await postJson(`${server.url}/api/auth/sign-in/email`, { ...person, email: address });
    expect(signIn.status).toBe(200);
  });

  test("sends the new address one mail, however often the link at the old one is opened", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await verified(server, await signUp(server.url));
    const address = newEmail();
    await ask(server, person, address);
    const link = linkIn(await mailbox.next({ to: person.email, subject: "Confirm the new address" }));
    const opened = await Promise.all(Array.from({ length: 10 }, () => open(link)));
    expect(opened.map(destination)).toEqual(Array.from({ length: 10 }, () => "/"));
    const mails = await server.database.sql`select 1 from mail where recipient = ${address}`;
    expect(mails).toHaveLength(1);
    await open(linkIn(await mailbox.next({ to: address })));
    expect(await emailOf(server, person.id)).toBe(address);
  });

  test("asks the old address first also where that was never confirmed", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await signUp(server.url);
    const address = newEmail();
    await ask(server, person, address);
    expect(await server.database.sql`select recipient from mail where recipient = ${address}`).toHaveLength(
      0,
    );
    await open(linkIn(await mailbox.next({ to: person.email, subject: "Confirm the new address" })));
    await open(linkIn(await mailbox.next({ to: address })));
    expect(await emailOf(server, person.id)).toBe(address);
  });

  test("to an address that is taken is answered alike, and nobody gets mail", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const [person, other] = [await verified(server, await signUp(server.url)), await signUp(server.url)];
    await ask(server, person, other.email);
    expect(await server.database.sql`select 1 from mail where kind = 'change-email'`).toHaveLength(0);
  });

  test("to an address taken meanwhile changes nothing", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const person = await verified(server, await signUp(server.url));
    const address = newEmail();
    await ask(server, person, address);
    await open(linkIn(await mailbox.next({ to: person.email, subject: "Confirm the new address" })));
    const confirmation = linkIn(await mailbox.next({ to: address }));
    await signUp(server.url, { email: address });
    const answer = await open(confirmation);
    expect([answer.status, destination(answer)]).toEqual([302, "/?error=INVALID_TOKEN"]);
    expect(await emailOf(server, person.id)).toBe(person.email);
  });

  test("is not possible with a link meant for a person's own address", async () => {
    await using mailbox = await openMailbox();
    await using server = await start(mailbox);
    const [ada, eve] = [await signUp(server.url), await signUp(server.url)];
    const link = linkIn(await mailbox.next({ to: eve.email }));
    await open(link, { authorization: `Bearer ${ada.bearer}` });
    expect([await emailOf(server, ada.id), await emailOf(server, eve.id)]).toEqual([ada.email, eve.email]);
  });

  test("is for those who are signed in", async () => {
    await using server = await startTestServer();
    const answer = await postJson(`${server.url}/api/auth/change-email`, { newEmail: newEmail() });
    expect(answer.status).toBe(401);
  });
});
