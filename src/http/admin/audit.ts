/** `/admin/audit`: the trail, filtered, in pages as JSON or whole as NDJSON. What is on record is `audit/`'s business. */
import { Hono } from "hono";
import { stream } from "hono/streaming";
import { type AuditFilter, type AuditRow, listEvents, streamEvents } from "../../audit/reading.ts";
import type { Database } from "../../db/database.ts";
import { invalidBody } from "../body.ts";
import { type AppContext, type AppEnv, requestHeader } from "../context.ts";
import { noStore } from "./no-store.ts";
import { describePage, readPage } from "./paging.ts";
import type { RequirePermission } from "./permission.ts";

const NDJSON = "application/x-ndjson";

export function createAdminAudit(parts: {
  requirePermission: RequirePermission;
  db: Database;
}): Hono<AppEnv> {
  const { requirePermission, db } = parts;
  return new Hono<AppEnv>().use(noStore).get("/", async (c) => {
    await requirePermission(c, "audit:read");
    const filter = readFilter(c);
    if (requestHeader(c, "accept")?.includes(NDJSON) !== true) {
      return c.json(describePage("events", await listEvents(db, filter, readPage(c)), describeEvent));
    }
    c.header("Content-Type", NDJSON);
    return stream(c, async (body) => {
      for await (const event of streamEvents(db, filter)) {
        if (body.aborted) return;
        await body.write(`${JSON.stringify(describeEvent(event))}\n`);
      }
    });
  });
}

function readFilter(c: AppContext): AuditFilter {
  const { action, actor, target, outcome, from, until } = c.req.query();
  return { action, actor, target, outcome, from: readTime("from", from), until: readTime("until", until) };
}

function readTime(field: string, text: string | undefined): Date | undefined {
  if (text === undefined) return undefined;
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(time.getTime())) return time;
  throw invalidBody("times as in RFC 3339", [
    { field, detail: "expected a time such as 2030-01-31T12:00:00Z" },
  ]);
}

const describeEvent = (event: AuditRow) => ({
  id: event.id,
  at: event.at.toISOString(),
  action: event.action,
  actor: event.actor,
  target: event.target,
  outcome: event.outcome,
  ip_address: event.ipAddress,
  user_agent: event.userAgent,
  request_id: event.requestId,
  detail: event.detail,
});
