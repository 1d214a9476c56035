/** What is done to one user: bans, passwords, sessions, impersonation, a preview of their token, and all that is known. */
import { Hono } from "hono";
import { z } from "zod";
import { exportPerson } from "../../accounts/people/exporting.ts";
import type { Impersonate } from "../../accounts/people/impersonating.ts";
import type { Person } from "../../accounts/people/person.ts";
import { endSessionsOf, listSessions } from "../../accounts/people/sessions.ts";
import { banPerson, setPassword, unbanPerson } from "../../accounts/people/writing.ts";
import type { TokenPreview } from "../../tokens/preview.ts";
import { readBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { describePage, readPage } from "./paging.ts";
import { describeSession } from "./sessions.ts";
import { type AdminUsersParts, describeUser, password, personOf, targetOf } from "./users.ts";

export interface UserActionsParts extends AdminUsersParts {
  readonly impersonate: Impersonate;
  previewToken(person: Person, resource: string | undefined): Promise<TokenPreview>;
}

const ban = z.strictObject({
  reason: z.string().trim().min(1, "expected a reason, for whoever looks at this later").max(500),
  until: z.iso
    .datetime({ offset: true, error: "expected a time such as 2030-01-31T12:00:00Z" })
    .transform((text) => new Date(text))
    .refine((time) => time.getTime() > Date.now(), "expected a time to come")
    .refine((time) => time.getUTCFullYear() <= 9999, "expected a time before the year 10000")
    .optional(),
});
const BAN = `{"reason": …, "until"?: "2030-01-31T12:00:00Z"}`;
const newPassword = z.strictObject({ password });
const NEW_PASSWORD = `{"password": …}`;

export function createUserActions(parts: UserActionsParts): Hono<AppEnv> {
  const { requirePermission, db, hashPassword, impersonate, previewToken } = parts;
  const app = new Hono<AppEnv>();

  app.post("/:id/ban", async (c) => {
    const administrator = await requirePermission(c, "users:write");
    const { reason, until } = await readBody(c, ban, BAN);
    const { id } = await targetOf(db, administrator, c.req.param("id"));
    return c.json(describeUser(await banPerson(db, administrator, id, { reason, until })));
  });

  app.post("/:id/unban", async (c) => {
    const administrator = await requirePermission(c, "users:write");
    const { id } = await targetOf(db, administrator, c.req.param("id"));
    return c.json(describeUser(await unbanPerson(db, administrator, id)));
  });

  app.put("/:id/password", async (c) => {
    const administrator = await requirePermission(c, "users:write");
    const body = await readBody(c, newPassword, NEW_PASSWORD);
    const { id } = await targetOf(db, administrator, c.req.param("id"));
    await setPassword(parts, administrator, id, await hashPassword(body.password));
    return c.body(null, 204);
  });

  app.get("/:id/sessions", async (c) => {
    await requirePermission(c, "sessions:read");
    const { id } = await personOf(db, c.req.param("id"));
    return c.json(
      describePage("sessions", await listSessions(db, { userId: id }, readPage(c)), describeSession),
    );
  });

  app.delete("/:id/sessions", async (c) => {
    const administrator = await requirePermission(c, "sessions:revoke");
    const { id } = await targetOf(db, administrator, c.req.param("id"));
    return c.json({ ended: await endSessionsOf(db, administrator, id) });
  });

  app.post("/:id/impersonate", async (c) => {
    const administrator = await requirePermission(c, "users:impersonate");
    const target = await targetOf(db, administrator, c.req.param("id"));
    const { sessionToken, expiresAt } = await impersonate(administrator, target);
    return c.json({ session_token: sessionToken, expires_at: expiresAt.toISOString() }, 201);
  });

  app.get("/:id/token-preview", async (c) => {
    await requirePermission(c, "users:read");
    const person = await personOf(db, c.req.param("id"));
    return c.json(await previewToken(person, c.req.query("resource")));
  });

  app.get("/:id/export", async (c) => {
    const administrator = await requirePermission(c, "users:read");
    const person = await personOf(db, c.req.param("id"));
    c.header("Content-Disposition", `attachment; filename="user-${person.id}.json"`);
    return c.json({ user: describeUser(person), ...(await exportPerson(db, administrator, person.id)) });
  });

  return app;
}
