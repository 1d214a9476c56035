/**
 * `/admin/organizations`: which there are, who belongs to one, whether it wants a second factor, and the end of one. Its
 * members do the rest themselves.
 */
import { Hono } from "hono";
import { z } from "zod";
import {
  deleteOrganization,
  findOrganization,
  listOrganizations,
  type Organization,
  setSecondFactor,
} from "../../accounts/people/organizations.ts";
import type { Database } from "../../db/database.ts";
import { AppError } from "../../errors.ts";
import { readBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { describePage, readPage } from "./paging.ts";
import type { RequirePermission } from "./permission.ts";

const change = z.strictObject({ second_factor: z.boolean() });
const CHANGE = `{"second_factor": true|false}`;

export function createAdminOrganizations(parts: {
  requirePermission: RequirePermission;
  db: Database;
}): Hono<AppEnv> {
  const { requirePermission, db } = parts;
  const app = new Hono<AppEnv>();

  app.get("/", async (c) => {
    await requirePermission(c, "organizations:read");
    const page = await listOrganizations(db, { search: c.req.query("search") }, readPage(c));
    return c.json(describePage("organizations", page, describe));
  });

  app.get("/:id", async (c) => {
    await requirePermission(c, "organizations:read");
    return c.json(await describeWhole(db, c.req.param("id")));
  });

  app.patch("/:id", async (c) => {
    const administrator = await requirePermission(c, "organizations:write");
    const { second_factor: secondFactor } = await readBody(c, change, CHANGE);
    const id = c.req.param("id");
    if (!(await setSecondFactor(db, administrator, id, secondFactor))) throw noSuchOrganization();
    return c.json(await describeWhole(db, id));
  });

  app.delete("/:id", async (c) => {
    const administrator = await requirePermission(c, "organizations:write");
    if (!(await deleteOrganization(db, administrator, c.req.param("id")))) throw noSuchOrganization();
    return c.body(null, 204);
  });

  return app;
}

const noSuchOrganization = () => new AppError("not_found", "There is no such organization.");

async function describeWhole(db: Database, id: string) {
  const found = await findOrganization(db, id);
  if (found === undefined) throw noSuchOrganization();
  return {
    ...describe(found.organization),
    members: found.members.map(({ userId, email, roles, since }) => ({
      user_id: userId,
      email,
      roles,
      since: since.toISOString(),
    })),
  };
}

const describe = ({ id, name, slug, members, secondFactor, createdAt }: Organization) => ({
  id,
  name,
  slug,
  members,
  second_factor: secondFactor,
  created_at: createdAt.toISOString(),
});
