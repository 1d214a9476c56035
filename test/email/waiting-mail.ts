/** Mail that waits, and mailers without a server around them. */
import { vi } from "vitest";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import { type Connections, connect } from "../../src/db/database.ts";
import { createMailer, type MailerParts } from "../../src/email/mailer.ts";
import { MAIL_CHANNEL } from "../../src/email/outbox.ts";
import type { OutgoingMail } from "../../src/email/transport.ts";
import { createLogger } from "../../src/logger.ts";
import { postJson } from "../support/people.ts";
import type { TestDatabase } from "../support/postgres.ts";
import type { TestServer } from "../support/server.ts";

const logger = createLogger({ level: "silent", pretty: false });
const site = { name: "auth.example.com", url: "https://auth.example.com" };
const secrets = [{ version: 1, value: "a-secret-that-is-long-enough-for-mail" }] as const;

export const reset = ({ url }: TestServer, email: string) =>
  postJson(`${url}/api/auth/request-password-reset`, { email, redirectTo: "/new-password" });

/** As if the pause were over. The next mail wakes the sender, which takes all that is due. */
export const makeDue = ({ sql }: TestDatabase) =>
  sql`update mail set next_attempt_at = now() where sealed is not null`;

/** Until no mail waits. */
export const settled = ({ sql }: TestDatabase) =>
  vi.waitUntil(async () => (await sql`select 1 from mail where sealed is not null`).length === 0, {
    timeout: 10_000,
  });

export const connectTo = (database: TestDatabase): Connections =>
  connect({ address: parseDatabaseUrl(database.url), schemaName: "auth", logger });

/** A mailer without a server around it. */
export async function openMailer(
  connections: Connections,
  parts: Pick<MailerParts, "transport"> & Partial<MailerParts>,
) {
  const mailer = await createMailer({
    db: connections.accounts,
    listen: (onMail) => connections.listen(MAIL_CHANNEL, onMail),
    secrets,
    site,
    logger,
    ...parts,
  });
  return { ...mailer, [Symbol.asyncDispose]: () => mailer.close() };
}

/** Takes everything, or what `send` says. */
export function collector(send: (mail: OutgoingMail, signal: AbortSignal) => Promise<void> = async () => {}) {
  const sent: OutgoingMail[] = [];
  return {
    sent,
    transport: {
      async send(mail: OutgoingMail, signal: AbortSignal) {
        await send(mail, signal);
        sent.push(mail);
      },
      close() {},
    },
  };
}
