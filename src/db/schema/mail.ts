/** Mail that waits to be sent, and what became of it. What a mail says is `email/`'s business. */
import { sql } from "drizzle-orm";
import { index, integer, pgTable, text, uuid } from "drizzle-orm/pg-core";
import { time } from "./accounts.ts";

export const mail = pgTable(
  "mail",
  {
    id: uuid("id").primaryKey(),
    /** The name of its template. */
    kind: text("kind").notNull(),
    recipient: text("recipient").notNull(),
    /** Subject, text and HTML, encrypted: links in it let people in. Erased when it is sent or given up. */
    sealed: text("sealed"),
    attempts: integer("attempts").notNull().default(0),
    nextAttemptAt: time("next_attempt_at").notNull().default(sql`clock_timestamp()`),
    createdAt: time("created_at").notNull().default(sql`clock_timestamp()`),
    sentAt: time("sent_at"),
    failedAt: time("failed_at"),
    /** Why the last attempt failed, in a line. */
    lastError: text("last_error"),
  },
  (table) => [
    index("mail_due_index").on(table.nextAttemptAt).where(sql`${table.sealed} is not null`),
    index("mail_created_at_index").on(table.createdAt),
  ],
);
