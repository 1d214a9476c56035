/** Append-only. Which events exist is `audit/`'s business. */
import { sql } from "drizzle-orm";
import { bigint, index, jsonb, pgTable, text, timestamp } from "drizzle-orm/pg-core";

export const auditEvent = pgTable(
  "audit_event",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** Not `now()`: that is when the transaction began, perhaps to wait for a lock. */
    at: timestamp("at", { withTimezone: true, mode: "date" }).notNull().default(sql`clock_timestamp()`),
    action: text("action").notNull(),
    /** A user id, or who else did it: `scheduler`, `cli`. */
    actor: text("actor").notNull(),
    target: text("target").notNull(),
    /** Refused and failed attempts are on record as well. */
    outcome: text("outcome").notNull().default("success"),
    requestId: text("request_id"),
    ipAddress: text("ip_address"),
    userAgent: text("user_agent"),
    detail: jsonb("detail").$type<Readonly<Record<string, unknown>>>().notNull(),
  },
  (table) => [
    index("audit_event_at_index").on(table.at),
    index("audit_event_action_index").on(table.action, table.at),
    index("audit_event_target_index").on(table.target, table.id),
    index("audit_event_actor_index").on(table.actor, table.id),
  ],
);
