/** `/admin/audit`: the trail, filtered, in pages as JSON or whole as NDJSON. What is on record is `audit/`'s business. */
import { Hono } from "hono";
import { stream } from "hono/streaming";
import type { StreamingApi } from "hono/utils/stream";
import { z } from "zod";
import { OUTCOMES } from "../../audit/audit.ts";
import { type AuditFilter, type AuditRow, listEvents, streamEvents } from "../../audit/reading.ts";
import type { Database } from "../../db/database.ts";
import type { Logger } from "../../logger.ts";
import { parseAs } from "../body.ts";
import { type AppContext, type AppEnv, requestHeader } from "../context.ts";
import { describePage, readPage } from "./paging.ts";
import type { RequirePermission } from "./permission.ts";

const NDJSON = "application/x-ndjson";

export function createAdminAudit(parts: {
  requirePermission: RequirePermission;
  db: Database;
  logger: Logger;
}): Hono<AppEnv> {
  const { requirePermission, db, logger } = parts;
  return new Hono<AppEnv>().get("/", async (c) => {
    await requirePermission(c, "audit:read");
    const filter = readFilter(c);
    if (requestHeader(c, "accept")?.includes(NDJSON) !== true) {
      return c.json(
        describePage("events", await listEvents(db, filter, readPage(c, "numbers")), describeEvent),
      );
    }
    c.header("Content-Type", NDJSON);
    const write = async (body: StreamingApi): Promise<void> => {
      for await (const event of streamEvents(db, filter)) {
        if (body.aborted) return;
        await body.write(`${JSON.stringify(describeEvent(event))}\n`);
      }
    };
    return stream(c, write, async (error) => {
      logger.error({ err: error, requestId: c.get("requestId") }, "the audit trail was not read to its end");
      // An answer that ends well is whole.
      c.env.outgoing.destroy();
    });
  });
}

const time = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], "expected a time such as 2030-01-31T12:00:00Z")
  .transform((text) => new Date(text))
  .refine((date) => date.getUTCFullYear() >= 1, "expected a time after the year 0");
const filters = z.object({
  action: z.string().optional(),
  actor: z.string().optional(),
  target: z.string().optional(),
  outcome: z.enum(OUTCOMES).optional(),
  from: time.optional(),
  until: time.optional(),
});

const readFilter = (c: AppContext): AuditFilter =>
  parseAs(filters, c.req.query(), `times as in RFC 3339, and an outcome of ${OUTCOMES.join(", ")}`);

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
