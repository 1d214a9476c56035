/** `/admin/organizations`: which there are, who belongs to one, and the end of one. Its members do the rest themselves. */
import { Hono } from "hono";
import {
  deleteOrganization,
  findOrganization,
  listOrganizations,
  type Organization,
} from "../../accounts/people/organizations.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../errors.ts";
import type { AppEnv } from "../context.ts";
import { noStore } from "./no-store.ts";
import { describePage, readPage } from "./paging.ts";
import type { RequirePermission } from "./permission.ts";

export function createAdminOrganizations(parts: {
  requirePermission: RequirePermission;
  db: Database;
}): Hono<AppEnv> {
  const { requirePermission, db } = parts;
  const app = new Hono<AppEnv>().use(noStore);

  app.get("/", async (c) => {
    await requirePermission(c, "organizations:read");
    const page = await listOrganizations(db, { search: c.req.query("search") }, readPage(c));
    return c.json(describePage("organizations", page, describe));
  });

  app.get("/:id", async (c) => {
    await requirePermission(c, "organizations:read");
    const found = await findOrganization(db, c.req.param("id"));
    if (found === undefined) throw new AppError("not_found", "There is no such organization.");
    return c.json({
      ...describe(found.organization),
      members: found.members.map(({ userId, email, roles, since }) => ({
        user_id: userId,
        email,
        roles,
        since: since.toISOString(),
      })),
    });
  });

  app.delete("/:id", async (c) => {
    const administrator = await requirePermission(c, "organizations:write");
    if (!(await deleteOrganization(db, administrator, c.req.param("id")))) {
      throw new AppError("not_found", "There is no such organization.");
    }
    return c.body(null, 204);
  });

  return app;
}

const describe = ({ id, name, slug, members, createdAt }: Organization) => ({
  id,
  name,
  slug,
  members,
  created_at: createdAt.toISOString(),
});
