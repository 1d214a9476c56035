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
  | {
      action: "role.saved";
      target: string;
      detail: { permissions: readonly string[]; secondFactor: boolean };
    }
  | { action: "role.deleted"; target: string; detail: Readonly<Record<string, never>> }
  | {
      action: "api.saved";
      target: string;
      detail: {
        name: string;
        permissions: readonly string[];
        tokenTtlMs: number | null;
        algorithm: string | null;
      };
    }
  | { action: "api.deleted"; target: string; detail: Readonly<Record<string, never>> }
  | { action: "token.claims_failed"; target: string; detail: { audience: string } }
  | { action: "user.created"; target: string; detail: { roles: readonly string[] } }
  | {
      action: "user.updated";
      target: string;
      detail: { fields: readonly string[]; roles?: readonly string[] };
    }
  | { action: "user.banned"; target: string; detail: { reason: string; until: string | null } }
  | { action: "user.unbanned"; target: string; detail: Readonly<Record<string, never>> }
  | { action: "user.password_set"; target: string; detail: Readonly<Record<string, never>> }
  | { action: "user.deleted"; target: string; detail: Readonly<Record<string, never>> }
  | { action: "user.impersonated"; target: string; detail: { session: string; until: string } }
  | { action: "users.imported"; target: string; detail: { count: number } }
  | { action: "user.exported"; target: string; detail: Readonly<Record<string, never>> }
  | { action: "session.ended"; target: string; detail: { session: string } }
  | { action: "sessions.ended"; target: string; detail: { count: number } }
  | { action: "organization.deleted"; target: string; detail: { slug: string } }
  | { action: "organization.second_factor_set"; target: string; detail: { second_factor: boolean } }
  | { action: "request.forbidden"; target: string; detail: { permission: string } }
  | { action: AccountAction; target: string; detail: { path: string; code?: string } }
  | { action: "user.admin_granted"; target: string; detail: { how: "sign-up" | "command" } };

/** What people do to their own accounts, by Better Auth's endpoints. */
export type AccountAction =
  | "account.signed_up"
  | "account.signed_in"
  | "account.signed_out"
  | "account.reset_requested"
  | "account.password_reset"
  | "account.password_changed"
  | "account.password_checked"
  | "account.email_verified"
  | "account.email_changed"
  | "account.updated"
  | "account.deleted"
  | "account.second_factor_passed"
  | "account.second_factor_enabled"
  | "account.second_factor_shown"
  | "account.second_factor_disabled"
  | "account.backup_codes_made"
  | "account.passkey_added"
  | "account.passkey_removed"
  | "account.linked"
  | "account.unlinked"
  | "account.session_ended"
  | "account.sessions_ended"
  | "account.api_key_created"
  | "account.api_key_updated"
  | "account.api_key_deleted"
  | "organization.created"
  | "organization.updated"
  | "organization.removed"
  | "organization.invited"
  | "organization.invitation_accepted"
  | "organization.invitation_refused"
  | "organization.invitation_withdrawn"
  | "organization.member_removed"
  | "organization.member_role_changed"
  | "organization.left"
  | "organization.activated"
  | "organization.team_changed"
  | "limit.reached";

/** Who did it, a user id or a part of Keyturn itself, and from where. */
export interface Actor {
  readonly id: string;
  readonly requestId?: string | undefined;
  readonly ipAddress?: string | undefined;
  readonly userAgent?: string | undefined;
}

/** Refused: it was not allowed. Failed: it was tried with something wrong. */
export const OUTCOMES = ["success", "refused", "failed"] as const;
export type Outcome = (typeof OUTCOMES)[number];

export const SCHEDULER: Actor = { id: "scheduler" };
export const COMMAND_LINE: Actor = { id: "cli" };
/** Nobody who has signed in. */
export const ANONYMOUS = "anonymous";

/** A path that a stranger has sent can be a target, and an index takes no more than some kilobytes. */
const MAX_TARGET = 300;
const MAX_USER_AGENT = 300;

export async function record(
  db: Database | Transaction,
  actor: Actor,
  events: readonly AuditEvent[],
  outcome: Outcome = "success",
): Promise<void> {
  if (events.length === 0) return;
  await db.insert(auditEvent).values(
    events.map(({ action, target, detail }) => ({
      action,
      target: keepable(target.slice(0, MAX_TARGET)),
      detail: Object.fromEntries(Object.entries(detail).map(([name, told]) => [name, keepableIn(told)])),
      actor: actor.id,
      outcome,
      requestId: actor.requestId ?? null,
      ipAddress: actor.ipAddress ?? null,
      userAgent: actor.userAgent?.slice(0, MAX_USER_AGENT) ?? null,
    })),
  );
}

/** A stranger's text is on record whatever is in it: Postgres keeps no NUL, and no half of a pair in JSON. */
const keepable = (text: string): string => text.replaceAll("\0", "\uFFFD").toWellFormed();

const keepableIn = (told: unknown): unknown => {
  if (typeof told === "string") return keepable(told);
  return Array.isArray(told) ? told.map(keepableIn) : told;
};

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
