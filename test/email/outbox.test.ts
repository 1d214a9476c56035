/** The outbox: what is queued is sent once, whatever happens to mail servers, to ours, and to the change it tells of. */
import { createServer, type Socket } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { linkIn, openMailbox } from "../support/mailbox.ts";
import { newEmail, postJson, signUp } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";
import { collector, connectTo, makeDue, openMailer, reset, settled } from "./waiting-mail.ts";

describe("with the mail server away", () => {
  test("requests are not held up, and the mail is delivered once it is back", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    await mailbox.stop();
    const { email } = await signUp(server.url);
    await vi.waitUntil(async () => {
      const [row] = await server.database.sql`select last_error, attempts from mail`;
      return row?.["attempts"] === 1 && row["last_error"] !== null;
    });
    const [row] = await server.database.sql`
      select last_error, next_attempt_at - now() > interval '50 seconds' as later, sealed is not null as waits from mail`;
    expect(row).toMatchObject({
      later: true,
      waits: true,
      last_error: expect.stringMatching(/^ESOCKET|^ECONN/),
    });
    await mailbox.start();
    await makeDue(server.database);
    expect((await reset(server, email)).status).toBe(200);
    linkIn(await mailbox.next({ to: email, subject: "Confirm your address" }));
    linkIn(await mailbox.next({ to: email, subject: "Choose a new password" }));
    await settled(server.database);
    const rows = await server.database
      .sql`select kind, sent_at is not null as sent, sealed, last_error from mail`;
    expect(rows.map(({ kind }) => String(kind)).toSorted()).toEqual(["reset-password", "verification"]);
    for (const { sent, sealed, last_error } of rows) {
      expect([sent, sealed, last_error]).toEqual([true, null, null]);
    }
  });

  test("that takes connections and says nothing, requests are not held up either, nor is the end", async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket.on("error", () => {})));
    await new Promise<void>((resolve) => silent.listen(0, "localhost", resolve));
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    const server = await startTestServer({ env: { SMTP_URL: `smtp://localhost:${address.port}` } });
    const begun = performance.now();
    await Promise.all(Array.from({ length: 10 }, () => signUp(server.url)));
    await vi.waitUntil(() => sockets.length > 0);
    await server[Symbol.asyncDispose]();
    expect(performance.now() - begun).toBeLessThan(9_000);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  test("a code is not sent any more when it is dead", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const { email } = await signUp(server.url);
    await mailbox.next({ to: email });
    await mailbox.stop();
    await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, { email, type: "sign-in" });
    await vi.waitUntil(
      async () =>
        (await server.database.sql`select 1 from mail where attempts = 1 and last_error is not null`)
          .length === 1,
    );
    await server.database.sql`update mail set created_at = now() - interval '6 minutes'`;
    await mailbox.start();
    await makeDue(server.database);
    await reset(server, email);
    await mailbox.next({ to: email, subject: "Choose a new password" });
    await settled(server.database);
    expect(
      await server.database.sql`select sealed, last_error from mail where kind = 'one-time-code'`,
    ).toEqual([{ sealed: null, last_error: "too late to be of use" }]);
    expect(mailbox.received.filter(({ subject }) => subject.includes("Your code"))).toEqual([]);
  });
});

describe("an address that is refused for good", () => {
  test("is given up at once, its mail erased, and not named in the log", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url, LOG_LEVEL: "trace" } });
    const email = newEmail();
    mailbox.refuse(email);
    await signUp(server.url, { email });
    await settled(server.database);
    expect(mailbox.refusals).toEqual([email]);
    expect(
      await server.database
        .sql`select attempts, sealed, sent_at, failed_at is not null as failed, last_error from mail`,
    ).toEqual([
      { attempts: 1, sealed: null, sent_at: null, failed: true, last_error: "EENVELOPE RCPT TO 550" },
    ]);
    await vi.waitUntil(() => server.log.join("").includes("mail could not be sent: given up"));
    expect(server.log.join("")).not.toContain(email);
  });
});

describe("several servers on one database", () => {
  test("mail each person once", async () => {
    await using mailbox = await openMailbox();
    await using one = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    await using other = await startTestServer({ env: { SMTP_URL: mailbox.url }, database: one.database });
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, index) => signUp(index % 2 === 0 ? one.url : other.url)),
    );
    await settled(one.database);
    expect(mailbox.received.map(({ to }) => to).toSorted()).toEqual(
      people.map(({ email }) => email).toSorted(),
    );
  });

  test("send each mail once, and share the work", async () => {
    await using database = await createTestDatabase();
    const all = [collector(), collector(), collector()];
    const connections = all.map(() => connectTo(database));
    const mailers = await Promise.all(
      all.map(({ transport }, index) => openMailer(connections[index] ?? connectTo(database), { transport })),
    );
    const addresses = Array.from({ length: 120 }, () => newEmail());
    const queued = mailers.flatMap((mailer, index) =>
      addresses
        .slice(index * 40, index * 40 + 40)
        .map((to) => mailer.queue("magic-link", to, { url: "https://auth.example.com/l" })),
    );
    await Promise.all(queued);
    await settled(database);
    const sent = all.flatMap((each) => each.sent.map(({ to }) => to));
    expect(sent.toSorted()).toEqual(addresses.toSorted());
    expect(all.every((each) => each.sent.length > 0)).toBe(true);
    await Promise.all(mailers.map((mailer) => mailer.close()));
    await Promise.all(connections.map((each) => each.close()));
  });

  test("send what the one that took it did not finish, when its lease is over", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ env: { SMTP_URL: mailbox.url } });
    const { email } = await signUp(server.url);
    await mailbox.next({ to: email });
    await settled(server.database);
    await mailbox.stop();
    await reset(server, email);
    await vi.waitUntil(
      async () => (await server.database.sql`select 1 from mail where last_error is not null`).length === 1,
    );
    // A sender that died leaves a row just so: taken, its lease running.
    await server.database
      .sql`update mail set next_attempt_at = now() + interval '3 minutes' where sealed is not null`;
    await mailbox.start();
    await using other = await startTestServer({ env: { SMTP_URL: mailbox.url }, database: server.database });
    const second = await signUp(other.url);
    await mailbox.next({ to: second.email });
    expect(mailbox.received.filter(({ to }) => to === email)).toHaveLength(1);
    await makeDue(server.database);
    await signUp(other.url);
    await mailbox.next({ to: email, subject: "Choose a new password" });
  });
});

describe("mail queued in a transaction", () => {
  test("is sent when it commits, by whichever server, and never when it does not", async () => {
    await using database = await createTestDatabase();
    const [here, there] = [connectTo(database), connectTo(database)];
    const [idle, busy] = [collector(), collector()];
    const mailer = await openMailer(here, { transport: idle.transport });
    const other = await openMailer(there, { transport: busy.transport });
    const url = "https://auth.example.com/l";
    await expect(
      here.accounts.transaction(async (tx) => {
        await mailer.queue("verification", "undone@example.com", { url }, tx);
        throw new Error("undone");
      }),
    ).rejects.toThrow("undone");
    await here.accounts.transaction(async (tx) => {
      await mailer.queue("verification", "done@example.com", { url }, tx);
      expect(await database.sql`select 1 from mail`).toHaveLength(0);
    });
    // Sooner than the poll would find it.
    await vi.waitUntil(() => idle.sent.length + busy.sent.length > 0, { timeout: 2_000 });
    expect([...idle.sent, ...busy.sent].map(({ to }) => to)).toEqual(["done@example.com"]);
    await Promise.all([mailer.close(), other.close()]);
    await Promise.all([here.close(), there.close()]);
  });
});

describe("closing", () => {
  test("lets what is under way finish, and leaves the rest to others", async () => {
    await using database = await createTestDatabase();
    const connections = connectTo(database);
    const gate = Promise.withResolvers<void>();
    const slow = collector(() => gate.promise);
    const mailer = await openMailer(connections, { transport: slow.transport });
    for (let index = 0; index < 8; index++) {
      await mailer.queue("verification", newEmail(), { url: "https://auth.example.com/l" });
    }
    await vi.waitUntil(async () => (await database.sql`select 1 from mail where attempts = 1`).length === 5);
    const closing = mailer.close();
    gate.resolve();
    await closing;
    expect(slow.sent).toHaveLength(5);
    expect(await database.sql`select 1 from mail where sent_at is not null`).toHaveLength(5);
    expect(await database.sql`select 1 from mail where sealed is not null and attempts = 0`).toHaveLength(3);
    await connections.close();
  });
});
