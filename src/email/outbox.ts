/**
 * The table of mail that waits: writing a row, taking the rows that are due, and what became of them. Times are the
 * database's. It owns the statements, not what a mail says nor when it is tried again.
 */
import { randomUUID } from "node:crypto";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Database, Transaction } from "../db/database.ts";
import { mail } from "../db/schema/mail.ts";
import { isMailKind, type MailKind, type Message } from "../mail-kinds.ts";
import type { MailSealer } from "./seal.ts";

/** Wakes the senders of all replicas, when the transaction that says so commits. */
export const MAIL_CHANNEL = "keyturn_mail";

/**
 * How long a row belongs to who took it. Longer than any attempt may last, so that nobody else takes it meanwhile; a
 * sender that dies gives it back by doing nothing.
 */
const LEASE = sql`interval '3 minutes'`;
/** Rows are kept this long, without their text, to answer whether a mail was sent. */
const KEPT = sql`interval '7 days'`;

export interface DueMail {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly sealed: string;
  readonly attempts: number;
  /** Milliseconds since it was queued. */
  readonly age: number;
}

export interface NewMail {
  readonly kind: MailKind;
  readonly to: string;
  readonly message: Message;
}

/** In a transaction it is there when that commits, and says so to every replica; nothing of it is there before. */
export async function write(
  db: Database | Transaction,
  sealer: MailSealer,
  { kind, to, message }: NewMail,
): Promise<void> {
  const row = { id: randomUUID(), kind, recipient: to };
  await db.insert(mail).values({ ...row, sealed: sealer.seal(row, JSON.stringify(message)) });
  if (!("$client" in db)) await db.execute(sql`select pg_notify(${MAIL_CHANNEL}, '')`);
}

/** Due rows, from now on ours until the lease is over. Each goes to one sender, however many ask at once. */
export async function take(db: Database, limit: number): Promise<DueMail[]> {
  const due = sql`
    select id from ${mail} where sealed is not null and next_attempt_at <= statement_timestamp()
    order by next_attempt_at limit ${limit} for update skip locked`;
  const rows = await db.execute<{
    id: string;
    kind: string;
    recipient: string;
    sealed: string;
    attempts: number;
    age: string;
  }>(sql`
    with due as materialized (${due})
    update ${mail} set attempts = attempts + 1, next_attempt_at = clock_timestamp() + ${LEASE}
    from due where mail.id = due.id
    returning mail.id, kind, recipient, sealed, attempts,
      extract(epoch from clock_timestamp() - created_at) * 1000 as age`);
  return rows.map((row) => ({ ...row, age: Number(row.age) }));
}

/** What one attempt led to. */
export type Outcome =
  | { readonly state: "sent" }
  | { readonly state: "given up"; readonly reason: string }
  | { readonly state: "tried again"; readonly reason: string; readonly pause: number };

/** Erases the text as soon as there is no further attempt. Does nothing to a row somebody else has taken since. */
export async function settle(db: Database, { id, attempts }: DueMail, outcome: Outcome): Promise<void> {
  const ours = and(eq(mail.id, id), isNull(mail.sentAt), isNull(mail.failedAt));
  const now = sql`clock_timestamp()`;
  switch (outcome.state) {
    case "sent":
      // Also when somebody else has taken it since: it is sent, and must not be sent again.
      await db.update(mail).set({ sealed: null, sentAt: now, lastError: null }).where(ours);
      return;
    case "given up":
      await db
        .update(mail)
        .set({ sealed: null, failedAt: now, lastError: outcome.reason })
        .where(and(ours, eq(mail.attempts, attempts)));
      return;
    case "tried again": {
      const nextAttemptAt = sql`clock_timestamp() + ${outcome.pause} * interval '1 millisecond'`;
      await db
        .update(mail)
        .set({ nextAttemptAt, lastError: outcome.reason })
        .where(and(ours, eq(mail.attempts, attempts)));
    }
  }
}

export async function prune(db: Database): Promise<void> {
  await db.delete(mail).where(and(isNull(mail.sealed), sql`${mail.createdAt} < now() - ${KEPT}`));
}

/** What was sealed, or undefined where it cannot be opened any more. */
export function openMail(sealer: MailSealer, { id, kind, recipient, sealed }: DueMail): NewMail | undefined {
  const text = sealer.open({ id, kind, recipient }, sealed);
  if (text === undefined || !isMailKind(kind)) return undefined;
  const message: Message = JSON.parse(text);
  return { kind, to: recipient, message };
}
