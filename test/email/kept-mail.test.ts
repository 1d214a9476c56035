/** What is kept of mail: nothing to read, for long enough to send it, and for a week to tell that it was. */
import { describe, expect, test, vi } from "vitest";
import { codeIn, linkIn, openMailbox } from "../support/mailbox.ts";
import { postJson, signUp } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer, TEST_SECRETS } from "../support/server.ts";
import { collector, connectTo, makeDue, openMailer, reset, settled } from "./waiting-mail.ts";

describe("what is kept", () => {
  const CANARIES = /token=|verify-email|reset-password\/|\b\d{6}\b.*code/i;

  test("has no link and no code in the clear, in the table or in the log, before or after sending", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url, LOG_LEVEL: "trace" } });
    const { sql } = server.database;
    await mailbox.stop();
    const { email } = await signUp(server.url);
    await reset(server, email);
    await postJson(`${server.url}/api/auth/sign-in/magic-link`, { email });
    await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, { email, type: "sign-in" });
    const waiting = JSON.stringify(await sql`select * from mail`);
    await vi.waitUntil(async () => (await sql`select 1 from mail where last_error is null`).length === 0);
    await mailbox.start();
    await makeDue(server.database);
    await signUp(server.url);
    const subjects = ["Confirm", "Choose a new password", "Sign in", "Your code"];
    const mails = await Promise.all(subjects.map((subject) => mailbox.next({ to: email, subject })));
    await settled(server.database);
    const secretParts = mails.map((mail) => {
      if (mail.subject.includes("Your code")) return codeIn(mail);
      const link = new URL(linkIn(mail));
      return link.searchParams.get("token") ?? link.pathname.split("/").at(-1) ?? "";
    });
    expect(secretParts.every((part) => part.length >= 6)).toBe(true);
    const kept = JSON.stringify([await sql`select * from mail`, await sql`select * from verification`]);
    for (const part of secretParts) {
      for (const place of [waiting, kept, server.log.join("")]) expect(place).not.toContain(part);
    }
    expect(waiting).not.toMatch(CANARIES);
    expect(await sql`select 1 from mail where sealed is not null`).toHaveLength(0);
    expect(server.log.join("")).not.toContain(email);
  });

  test("can be read after a rotation of the secrets", async () => {
    await using mailbox = await openMailbox();
    await using database = await createTestDatabase();
    const start = (env: Record<string, string>) =>
      startTestServer({ env: { SMTP_URL: mailbox.url, ...env }, database });
    await mailbox.stop();
    const before = await start({});
    const { email } = await signUp(before.url);
    await vi.waitUntil(
      async () => (await database.sql`select 1 from mail where last_error is not null`).length === 1,
    );
    await before[Symbol.asyncDispose]();
    await mailbox.start();
    await makeDue(database);
    const secret = `2:another-secret-that-is-long-enough-2,${TEST_SECRETS.BETTER_AUTH_SECRETS}`;
    await using _rotated = await start({ BETTER_AUTH_SECRETS: secret });
    linkIn(await mailbox.next({ to: email }));
  });

  test("is given up where its secret is gone, and the rest is sent", async () => {
    await using database = await createTestDatabase();
    const connections = connectTo(database);
    const all = collector();
    await database.sql`insert into mail (id, kind, recipient, sealed)
      values (gen_random_uuid(), 'verification', 'ada@example.com', 'v9.AAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAA')`;
    const mailer = await openMailer(connections, { transport: all.transport });
    await mailer.queue("verification", "eve@example.com", { url: "https://auth.example.com/l" });
    await settled(database);
    expect(all.sent.map(({ to }) => to)).toEqual(["eve@example.com"]);
    await mailer.close();
    await connections.close();
  });

  test("is deleted after a week, when it does not wait any longer", async () => {
    await using database = await createTestDatabase();
    const connections = connectTo(database);
    await database.sql`insert into mail (id, kind, recipient, created_at)
      select gen_random_uuid(), 'verification', days || '@example.com', now() - days * interval '1 day'
      from generate_series(5, 9) days`;
    const mailer = await openMailer(connections, { transport: collector().transport });
    await vi.waitUntil(async () => (await database.sql`select 1 from mail`).length === 2);
    expect(await database.sql`select recipient from mail order by 1`).toEqual([
      { recipient: "5@example.com" },
      { recipient: "6@example.com" },
    ]);
    await mailer.close();
    await connections.close();
  });
});
