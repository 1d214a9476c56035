/** Reading the audit trail: pages of it, all of it as a stream, and the end of what is too old. */
import { and, eq, gte, lt, type SQL, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { inBatches } from "../db/housekeeping.ts";
import { type Page, type PageRequest, paging, toPage } from "../db/page.ts";
import { auditEvent } from "../db/schema/audit-event.ts";
import type { Outcome } from "./audit.ts";

export interface AuditFilter {
  /** One, or all that begin alike: `key.*`. */
  readonly action?: string | undefined;
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly from?: Date | undefined;
  /** Not included. */
  readonly until?: Date | undefined;
}

export type AuditRow = typeof auditEvent.$inferSelect;

export async function listEvents(
  db: Database,
  filter: AuditFilter,
  request: PageRequest,
): Promise<Page<AuditRow>> {
  const { place } = paging(auditEvent.at, auditEvent.id, request);
  const rows = await db
    .select({ event: auditEvent, place })
    .from(auditEvent)
    // Numbers are given in order, so they are the place; the time is for people.
    .where(and(request.after && lt(auditEvent.id, Number(request.after.id)), ...conditions(filter)))
    .orderBy(sql`${auditEvent.id} desc`)
    .limit(request.limit + 1);
  return toPage(rows, request.limit, ({ event }) => event);
}

const STREAM_PAGE = 1_000;

/** Newest first, page by page, so that a trail of any length takes the memory of one. */
export async function* streamEvents(db: Database, filter: AuditFilter): AsyncGenerator<AuditRow> {
  let after: PageRequest["after"];
  do {
    const { items, next } = await listEvents(db, filter, { limit: STREAM_PAGE, after });
    yield* items;
    after = next;
  } while (after !== undefined);
}

/** Removes what is older than `retention` milliseconds, by the database's clock. How many events there were. */
export const pruneEvents = (db: Database, retention: number): Promise<number> =>
  inBatches(async (limit) => {
    const { count } = await db.execute(sql`
      delete from audit_event where id in (
        select id from audit_event where at < clock_timestamp() - make_interval(secs => ${retention / 1000})
        order by id limit ${limit})`);
    return count;
  });

function conditions({ action, actor, target, outcome, from, until }: AuditFilter): (SQL | undefined)[] {
  return [
    action === undefined
      ? undefined
      : action.endsWith(".*")
        ? sql`starts_with(${auditEvent.action}, ${action.slice(0, -1)})`
        : eq(auditEvent.action, action),
    actor === undefined ? undefined : eq(auditEvent.actor, actor),
    target === undefined ? undefined : eq(auditEvent.target, target),
    outcome === undefined ? undefined : eq(auditEvent.outcome, outcome),
    from && gte(auditEvent.at, from),
    until && lt(auditEvent.at, until),
  ];
}
