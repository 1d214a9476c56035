/**
 * The audit trail: a closed list of events, each written in the transaction of what it tells.
 * It owns what an event says, not who may cause it; no secret or token ever goes into `detail`.
 */
import { inArray } from "drizzle-orm";
import type { Database, Transaction } from "../db/database.ts";
import { auditEvent } from "../db/schema/audit-event.ts";

/** Every event there is, with what it tells beside actor and target. */
export type AuditEvent =
  | {
      action: "key.announced";
      target: string;
      detail: { alg: string; activatesAt: string; signsAtOnce: boolean };
    }
  | { action: "key.rescheduled"; target: string; detail: { alg: string; activatesAt: string } }
  | { action: "key.activated"; target: string; detail: { alg: string; at: string; emergency: boolean } }
  | { action: "key.superseded"; target: string; detail: { alg: string; at: string; retiresAt: string } }
  | { action: "key.retired"; target: string; detail: { alg: string } }
  | { action: "key.prolonged"; target: string; detail: { alg: string; verifyingPeriodMs: number } }
  | { action: "key.revoked"; target: string; detail: { alg: string; was: string; reason: string } }
  | { action: "key.rewrapped"; target: string; detail: { from: number; to: number } }
  | { action: "user.admin_granted"; target: string; detail: { how: "sign-up" | "command" } };

/** Who did it: a user id, or a part of Keyturn itself. */
export interface Actor {
  readonly id: string;
  readonly requestId?: string | undefined;
}

export const SCHEDULER: Actor = { id: "scheduler" };
export const COMMAND_LINE: Actor = { id: "cli" };

export async function record(
  db: Database | Transaction,
  actor: Actor,
  events: readonly AuditEvent[],
): Promise<void> {
  if (events.length === 0) return;
  await db.insert(auditEvent).values(
    events.map(({ action, target, detail }) => ({
      action,
      target,
      detail,
      actor: actor.id,
      requestId: actor.requestId ?? null,
    })),
  );
}

/** One event as it was written. */
export type RecordedEvent = Pick<
  typeof auditEvent.$inferSelect,
  "at" | "action" | "actor" | "target" | "requestId"
>;

/** What happened to these targets, oldest first. */
export const eventsOf = (db: Database, targets: readonly string[]): Promise<RecordedEvent[]> =>
  db
    .select()
    .from(auditEvent)
    .where(inArray(auditEvent.target, [...targets]))
    .orderBy(auditEvent.id);
