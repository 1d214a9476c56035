/** `/admin/users`: finding, making, changing and deleting people. What can be done to one of them is `user-actions.ts`'s. */
import { Hono } from "hono";
import { z } from "zod";
import type { AccessBook } from "../../access/book.ts";
import { DEFAULT_ROLE } from "../../access/roles.ts";
import { findPerson, listPeople } from "../../accounts/people/listing.ts";
import type { Person } from "../../accounts/people/person.ts";
import { createPerson, deletePerson, updatePerson } from "../../accounts/people/writing.ts";
import type { Database } from "../../db/database.ts";
import type { Mailer } from "../../email/mailer.ts";
import { AppError } from "../../errors.ts";
import { invalidBody, readBody } from "../body.ts";
import type { AppEnv } from "../context.ts";
import { describePage, readPage } from "./paging.ts";
import type { Administrator, RequirePermission } from "./permission.ts";

export interface AdminUsersParts {
  readonly requirePermission: RequirePermission;
  readonly db: Database;
  readonly mailer: Pick<Mailer, "queue">;
  readonly book: AccessBook;
  hashPassword(password: string): Promise<string>;
}

const email = z.email("expected an e-mail address").max(320);
const name = z.string().min(1, "expected a name").max(200, "expected at most 200 characters");
const roles = z
  .array(z.string().regex(/^[\w.-]{1,50}$/, "expected a role"))
  .min(1, "expected at least one role")
  .max(20);
export const password = z
  .string()
  .min(8, "expected 8 characters or more")
  .max(256, "expected at most 256 characters");

const newUser = z.strictObject({
  email,
  name,
  password: password.optional(),
  email_verified: z.boolean().default(false),
  roles: roles.default([DEFAULT_ROLE]),
});
const NEW_USER = `{"email": …, "name": …, "password"?: …, "email_verified"?: …, "roles"?: […]}`;
const change = z.strictObject({
  email: email.optional(),
  email_verified: z.boolean().optional(),
  name: name.optional(),
  roles: roles.optional(),
});
const CHANGE = `{"email"?: …, "email_verified"?: …, "name"?: …, "roles"?: […]}`;

export function createAdminUsers(parts: AdminUsersParts): Hono<AppEnv> {
  const { requirePermission, db, book, hashPassword } = parts;
  const app = new Hono<AppEnv>();

  app.get("/", async (c) => {
    await requirePermission(c, "users:read");
    const { search, role, banned } = c.req.query();
    if (banned !== undefined && banned !== "true" && banned !== "false") {
      throw invalidBody("banned to be true or false", [{ field: "banned", detail: "true or false" }]);
    }
    const filter = { search, role, banned: banned === undefined ? undefined : banned === "true" };
    return c.json(describePage("users", await listPeople(db, filter, readPage(c)), describeUser));
  });

  app.post("/", async (c) => {
    const administrator = await requirePermission(c, "users:write");
    const body = await readBody(c, newUser, NEW_USER);
    assertKnown(book, body.roles);
    administrator.assertWithin(body.roles);
    const person = await createPerson(db, administrator, {
      email: body.email,
      name: body.name,
      emailVerified: body.email_verified,
      roles: body.roles,
      passwordHash: body.password === undefined ? undefined : await hashPassword(body.password),
    });
    return c.json(describeUser(person), 201);
  });

  app.get("/:id", async (c) => {
    await requirePermission(c, "users:read");
    return c.json(describeUser(await personOf(db, c.req.param("id"))));
  });

  app.patch("/:id", async (c) => {
    const administrator = await requirePermission(c, "users:write");
    const { email_verified: emailVerified, ...rest } = await readBody(c, change, CHANGE);
    const target = await targetOf(db, administrator, c.req.param("id"));
    if (rest.roles !== undefined) {
      assertKnown(book, rest.roles);
      administrator.assertWithin(rest.roles);
    }
    return c.json(
      describeUser(await updatePerson(parts, administrator, target.id, { ...rest, emailVerified })),
    );
  });

  app.delete("/:id", async (c) => {
    const administrator = await requirePermission(c, "users:delete");
    const target = await targetOf(db, administrator, c.req.param("id"));
    await deletePerson(db, administrator, target.id);
    return c.body(null, 204);
  });

  return app;
}

/** Somebody the administrator has power over. */
export async function targetOf(db: Database, administrator: Administrator, id: string): Promise<Person> {
  const person = await personOf(db, id);
  administrator.assertWithin(person.roles);
  return person;
}

export async function personOf(db: Database, id: string): Promise<Person> {
  const person = await findPerson(db, id);
  if (person === undefined) throw new AppError("not_found", "There is no such user.");
  return person;
}

function assertKnown(book: AccessBook, roles: readonly string[]): void {
  const unknown = roles.find((role) => !book.model().roles.has(role));
  if (unknown === undefined) return;
  const known = [...book.model().roles.keys()].join(", ");
  throw invalidBody(`roles that exist: ${known}`, [
    { field: "roles", detail: `there is no role ${unknown}` },
  ]);
}

export const describeUser = (person: Person) => ({
  id: person.id,
  email: person.email,
  email_verified: person.emailVerified,
  name: person.name,
  username: person.username,
  roles: person.roles,
  two_factor_enabled: person.twoFactorEnabled,
  banned: person.banned,
  ban_reason: person.banReason,
  ban_expires_at: person.banExpires?.toISOString() ?? null,
  created_at: person.createdAt.toISOString(),
  updated_at: person.updatedAt.toISOString(),
});
