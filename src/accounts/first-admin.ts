/**
 * The first administrator: whoever signs up with `ADMIN_EMAIL` while there is none, or whom the operator names on
 * the command line. Every later one is made by an administrator.
 */
import { eq, sql } from "drizzle-orm";
import { ADMIN_ROLE, rolesOf } from "../access/roles.ts";
import { type Actor, COMMAND_LINE, record } from "../audit/audit.ts";
import type { Database, Transaction } from "../db/database.ts";
import { FIRST_ADMIN_LOCK } from "../db/locks.ts";
import { user } from "../db/schema/accounts.ts";

export interface NewUser {
  readonly id: string;
  readonly email: string;
}

export type PromoteFirstAdmin = (user: NewUser) => Promise<void>;

/** Does nothing for anybody else, and nothing once there is an administrator. */
export function createPromoteFirstAdmin(db: Database, adminEmail: string | undefined): PromoteFirstAdmin {
  return async ({ id, email }) => {
    if (adminEmail?.toLowerCase() !== email.toLowerCase()) return;
    await db.transaction(async (tx) => {
      await tx.execute(sql`select pg_advisory_xact_lock(${FIRST_ADMIN_LOCK})`);
      if (!(await hasAdmin(tx))) await grant(tx, { id, role: null }, { id }, "sign-up");
    });
  };
}

/** For people who had signed up before `ADMIN_EMAIL` was set: asked once, at start. */
export async function promoteExistingUser(
  db: Database,
  adminEmail: string | undefined,
  promote: PromoteFirstAdmin,
) {
  if (adminEmail === undefined) return;
  const [found] = await db.select().from(user).where(eq(user.email, adminEmail.toLowerCase()));
  if (found !== undefined) await promote(found);
}

/** The operator's word. False when nobody has signed up with that address. */
export async function grantAdmin(db: Database, email: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const [found] = await tx.select().from(user).where(eq(user.email, email.toLowerCase()));
    if (found === undefined) return false;
    if (!rolesOf(found.role).includes(ADMIN_ROLE)) await grant(tx, found, COMMAND_LINE, "command");
    return true;
  });
}

/** Better Auth's hook after a user row is written and committed. */
export const promoteOnSignUp =
  (promote: PromoteFirstAdmin) =>
  async (created: NewUser): Promise<void> =>
    promote(created);

async function hasAdmin(tx: Transaction): Promise<boolean> {
  const [found] = await tx
    .select({ id: user.id })
    .from(user)
    .where(sql`${ADMIN_ROLE} = any(string_to_array(${user.role}, ','))`)
    .limit(1);
  return found !== undefined;
}

async function grant(
  tx: Transaction,
  { id, role }: { id: string; role: string | null },
  actor: Actor,
  how: "sign-up" | "command",
): Promise<void> {
  const roles = [...new Set([...rolesOf(role), ADMIN_ROLE])].join(",");
  await tx.update(user).set({ role: roles }).where(eq(user.id, id));
  await record(tx, actor, [{ action: "user.admin_granted", target: id, detail: { how } }]);
}
