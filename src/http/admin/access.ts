/** `/admin/roles` and `/admin/apis`: what roles allow and which APIs there are. What they mean is `access/`'s business. */
import { Hono } from "hono";
import { z } from "zod";
import type { AccessBook } from "../../access/book.ts";
import { type TokenBounds, tokenMistakes } from "../../access/declared.ts";
import type { Api, Role } from "../../access/model.ts";
import { isPermission, PERMISSION_EXPECTED } from "../../access/permission.ts";
import { deleteApi, deleteRole, saveApi, saveRole } from "../../access/store.ts";
import type { Database } from "../../db/database.ts";
import { formatDuration, parseDuration } from "../../duration.ts";
import { AppError } from "../../errors.ts";
import { ALGORITHMS } from "../../settings.ts";
import { invalidBody, readBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import type { RequirePermission } from "./permission.ts";

export interface AdminAccessParts {
  readonly requirePermission: RequirePermission;
  readonly db: Database;
  readonly book: AccessBook;
  readonly bounds: TokenBounds;
}

const permissions = z
  .array(z.string().refine(isPermission, `expected ${PERMISSION_EXPECTED}`))
  .max(200, "expected at most 200");
const roleBody = z.strictObject({
  description: z.string().max(500).default(""),
  permissions,
  second_factor: z.boolean().default(false),
});
const ROLE_BODY = `{"permissions": […], "description"?: …, "second_factor"?: true|false}`;
const roleName = /^[\w.-]{1,50}$/;

const apiBody = z.strictObject({
  name: z.string().max(200).default(""),
  permissions,
  token_ttl: z.string().nullish(),
  algorithm: z.enum(ALGORITHMS).nullish(),
});
/** As in keyturn.config.ts. */
const MAX_AUDIENCE_LENGTH = 200;
const API_BODY = `{"permissions": […], "name"?: …, "token_ttl"?: "5m", "algorithm"?: …}`;

export function createAdminRoles({ requirePermission, db, book }: AdminAccessParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/", async (c) => {
    await requirePermission(c, "roles:read");
    return c.json({ roles: [...book.model().roles.values()].map(describeRole) });
  });
  app.put("/:name", async (c) => {
    const actor = await requirePermission(c, "roles:write");
    const name = c.req.param("name");
    if (!roleName.test(name)) {
      throw invalidBody("a role's name of 1 to 50 letters, digits and _-.", [
        { field: "name", detail: "in the path" },
      ]);
    }
    const { second_factor: secondFactor, ...rest } = await readBody(c, roleBody, ROLE_BODY);
    const role = { name, secondFactor, ...rest };
    assertChangeable(`role ${name}`, book.model().roles.get(name));
    await saveRole(db, actor, role);
    await book.refresh();
    return c.json(describeRole({ ...role, source: "database" }));
  });
  app.delete("/:name", async (c) => {
    const actor = await requirePermission(c, "roles:write");
    const name = c.req.param("name");
    assertChangeable(`role ${name}`, book.model().roles.get(name));
    if (!(await deleteRole(db, actor, name))) throw new AppError("not_found", "There is no such role.");
    await book.refresh();
    return c.body(null, 204);
  });
  return app;
}

export function createAdminApis({ requirePermission, db, book, bounds }: AdminAccessParts): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.get("/", async (c) => {
    await requirePermission(c, "apis:read");
    return c.json({ apis: [...book.model().apis.values()].map(describeApi) });
  });
  app.put("/:audience", async (c) => {
    const actor = await requirePermission(c, "apis:write");
    const audience = c.req.param("audience");
    if (audience.length > MAX_AUDIENCE_LENGTH) {
      throw invalidBody(`an audience of at most ${MAX_AUDIENCE_LENGTH} characters`, [
        { field: "audience", detail: "in the path" },
      ]);
    }
    const { name, permissions, token_ttl, algorithm } = await readBody(c, apiBody, API_BODY);
    const tokenTtl = typeof token_ttl === "string" ? (parseDuration(token_ttl) ?? 0) : undefined;
    const api = { audience, name, permissions, tokenTtl, algorithm: algorithm ?? undefined };
    const mistakes = tokenMistakes(api, bounds);
    if (mistakes.length > 0) {
      throw invalidBody(
        API_BODY,
        mistakes.map((detail) => ({
          field: detail.includes("lifetime") ? "token_ttl" : "algorithm",
          detail,
        })),
      );
    }
    assertChangeable(`API ${audience}`, book.model().apis.get(audience));
    await saveApi(db, actor, api);
    await book.refresh();
    return c.json(describeApi({ ...api, source: "database" }));
  });
  app.delete("/:audience", async (c) => {
    const actor = await requirePermission(c, "apis:write");
    const audience = c.req.param("audience");
    assertChangeable(`API ${audience}`, book.model().apis.get(audience));
    if (!(await deleteApi(db, actor, audience))) throw new AppError("not_found", "There is no such API.");
    await book.refresh();
    return c.body(null, 204);
  });
  return app;
}

function assertChangeable(what: string, existing: Pick<Role | Api, "source"> | undefined): void {
  if (existing === undefined || existing.source === "database") return;
  const where = existing.source === "config" ? "is declared in keyturn.config.ts" : "comes with Keyturn";
  throw new AppError("conflict", `The ${what} ${where}, so it is not changed here.`);
}

const describeRole = ({ name, description, permissions, secondFactor, source }: Role) => ({
  name,
  description,
  permissions,
  second_factor: secondFactor,
  source,
});

const describeApi = ({ audience, name, permissions, tokenTtl, algorithm, source }: Api) => ({
  audience,
  name,
  permissions,
  token_ttl: tokenTtl === undefined ? null : formatDuration(tokenTtl),
  algorithm: algorithm ?? null,
  source,
});
