/** `/admin/sessions`: everybody who is signed in, and signing one of them out. */
import { Hono } from "hono";
import {
  endSession,
  findSessionOwner,
  listSessions,
  type SessionView,
} from "../../accounts/people/sessions.ts";
import { AppError } from "../../errors.ts";
import type { AppEnv } from "../context.ts";
import { describePage, readPage } from "./paging.ts";
import { type AdminUsersParts, targetOf } from "./users.ts";

export function createAdminSessions(parts: AdminUsersParts): Hono<AppEnv> {
  const { requirePermission, db } = parts;
  const app = new Hono<AppEnv>();

  app.get("/", async (c) => {
    await requirePermission(c, "sessions:read");
    const page = await listSessions(db, { userId: c.req.query("user") }, readPage(c));
    return c.json(describePage("sessions", page, describeSession));
  });

  app.delete("/:id", async (c) => {
    const administrator = await requirePermission(c, "sessions:revoke");
    const id = c.req.param("id");
    const owner = await findSessionOwner(db, id);
    if (owner !== undefined) await targetOf(db, administrator, owner);
    if (owner === undefined || !(await endSession(db, administrator, id))) {
      throw new AppError("not_found", "There is no such session.");
    }
    return c.body(null, 204);
  });

  return app;
}

export const describeSession = (session: SessionView) => ({
  id: session.id,
  user_id: session.userId,
  ip_address: session.ipAddress,
  user_agent: session.userAgent,
  created_at: session.createdAt.toISOString(),
  last_seen_at: session.lastSeenAt.toISOString(),
  expires_at: session.expiresAt.toISOString(),
  impersonated_by: session.impersonatedBy,
});
