/**
 * What administrators do to people, each in one transaction with its audit event. Whoever loses the right to be signed in,
 * by a ban, a new password or deletion, is signed out everywhere in the same transaction. Who may do it is `http/admin`'s
 * business, with one exception: somebody who can administer Keyturn is always left.
 */
import { randomUUID } from "node:crypto";
import { and, eq, ne, sql } from "drizzle-orm";
import { ADMIN_ROLE, rolesOf } from "../../access/roles.ts";
import { type Actor, type AuditEvent, record } from "../../audit/audit.ts";
import type { Database, Transaction } from "../../db/database.ts";
import { isTaken } from "../../db/error-code.ts";
import { LAST_ADMIN_LOCK } from "../../db/locks.ts";
import { account, user } from "../../db/schema/accounts.ts";
import { apikey } from "../../db/schema/api-key.ts";
import type { Mailer } from "../../email/mailer.ts";
import { AppError } from "../../errors.ts";
import { type Person, toPerson } from "./person.ts";
import { endImpersonationsBy, forgetBegun, signOut } from "./sessions.ts";

const CREDENTIAL = "credential";

export interface NewPerson {
  readonly email: string;
  readonly name: string;
  readonly emailVerified: boolean;
  readonly roles: readonly string[];
  /** Hashed; without one they sign in by a link, a code or a provider, or reset it. */
  readonly passwordHash: string | undefined;
}

/** What they are told of is queued in the transaction that does it. */
export interface WithMail {
  readonly db: Database;
  readonly mailer: Pick<Mailer, "queue">;
}

export interface PersonChange {
  readonly email?: string | undefined;
  readonly emailVerified?: boolean | undefined;
  readonly name?: string | undefined;
  readonly roles?: readonly string[] | undefined;
}

export async function createPerson(db: Database, actor: Actor, made: NewPerson): Promise<Person> {
  return db.transaction(async (tx) => {
    const [row] = await tx
      .insert(user)
      .values({
        id: randomUUID(),
        email: made.email.toLowerCase(),
        name: made.name,
        emailVerified: made.emailVerified,
        role: made.roles.join(","),
      })
      .onConflictDoNothing()
      .returning();
    if (row === undefined) throw new AppError("conflict", "Somebody has this e-mail address already.");
    if (made.passwordHash !== undefined) await writePassword(tx, row.id, made.passwordHash);
    await record(tx, actor, [{ action: "user.created", target: row.id, detail: { roles: made.roles } }]);
    return toPerson(row);
  });
}

/** What is not named stays as it is, but nobody has confirmed a new address yet unless it is said that they have. */
export const updatePerson = (
  { db, mailer }: WithMail,
  actor: Actor,
  id: string,
  change: PersonChange,
): Promise<Person> =>
  changing(db, actor, id, async (tx, before) => {
    const { name, roles } = change;
    const email = change.email?.toLowerCase();
    const isMoving = email !== undefined && email !== before.email;
    const emailVerified = change.emailVerified ?? (isMoving ? false : undefined);
    if (roles !== undefined && !roles.includes(ADMIN_ROLE)) await assertAnotherAdmin(tx, before);
    await tx
      .update(user)
      .set({
        ...(email !== undefined && { email }),
        ...(emailVerified !== undefined && { emailVerified }),
        ...(name !== undefined && { name }),
        ...(roles !== undefined && { role: roles.join(",") }),
        updatedAt: new Date(),
      })
      .where(eq(user.id, id))
      .catch(refuseTakenEmail);
    if (roles !== undefined) await endImpersonationsBy(tx, id);
    if (isMoving) {
      await forgetBegun(tx, id);
      await mailer.queue("email-changed", before.email, { newEmail: email }, tx);
    }
    const fields = Object.entries(change).flatMap(([name, value]) => (value === undefined ? [] : [name]));
    return [
      { action: "user.updated", target: id, detail: { fields, ...(roles !== undefined && { roles }) } },
    ];
  });

/** Until it is lifted, or until a time. Signs them out everywhere. */
export const banPerson = (
  db: Database,
  actor: Actor,
  id: string,
  { reason, until }: { reason: string; until: Date | undefined },
): Promise<Person> =>
  changing(db, actor, id, async (tx, before) => {
    await assertAnotherAdmin(tx, before);
    await tx
      .update(user)
      .set({ banned: true, banReason: reason, banExpires: until ?? null })
      .where(eq(user.id, id));
    await signOut(tx, id);
    return [{ action: "user.banned", target: id, detail: { reason, until: until?.toISOString() ?? null } }];
  });

export const unbanPerson = (db: Database, actor: Actor, id: string): Promise<Person> =>
  changing(db, actor, id, async (tx) => {
    await tx.update(user).set({ banned: false, banReason: null, banExpires: null }).where(eq(user.id, id));
    return [{ action: "user.unbanned", target: id, detail: {} }];
  });

/** Signs them out everywhere. They are told by mail. */
export const setPassword = (
  { db, mailer }: WithMail,
  actor: Actor,
  id: string,
  passwordHash: string,
): Promise<Person> =>
  changing(db, actor, id, async (tx, before) => {
    await mailer.queue("password-changed", before.email, { at: new Date() }, tx);
    await writePassword(tx, id, passwordHash);
    await signOut(tx, id);
    return [{ action: "user.password_set", target: id, detail: {} }];
  });

/** With everything that is theirs. What the audit says of them stays, by their id. */
export const deletePerson = async (db: Database, actor: Actor, id: string): Promise<void> => {
  await db.transaction(async (tx) => {
    await assertAnotherAdmin(tx, await lock(tx, id));
    await tx.delete(apikey).where(eq(apikey.referenceId, id));
    await signOut(tx, id);
    await tx.delete(user).where(eq(user.id, id));
    await record(tx, actor, [{ action: "user.deleted", target: id, detail: {} }]);
  });
};

const changing = (
  db: Database,
  actor: Actor,
  id: string,
  change: (tx: Transaction, before: typeof user.$inferSelect) => Promise<AuditEvent[]>,
): Promise<Person> =>
  db.transaction(async (tx) => {
    await record(tx, actor, await change(tx, await lock(tx, id)));
    return toPerson(await lock(tx, id));
  });

async function lock(tx: Transaction, id: string) {
  const [row] = await tx.select().from(user).where(eq(user.id, id)).for("update");
  if (row === undefined) throw new AppError("not_found", "There is no such user.");
  return row;
}

function refuseTakenEmail(error: unknown): never {
  if (!isTaken(error)) throw error;
  throw new AppError("conflict", "Somebody else has this e-mail address already.", { cause: error });
}

/** One after the other, so two administrators that remove each other do not both succeed. */
async function assertAnotherAdmin(tx: Transaction, { id, role }: typeof user.$inferSelect): Promise<void> {
  if (!rolesOf(role).includes(ADMIN_ROLE)) return;
  await tx.execute(sql`select pg_advisory_xact_lock(${LAST_ADMIN_LOCK})`);
  const [another] = await tx
    .select({ id: user.id })
    .from(user)
    .where(
      and(
        ne(user.id, id),
        sql`${ADMIN_ROLE} = any(string_to_array(${user.role}, ','))`,
        sql`(not ${user.banned} or ${user.banExpires} <= now())`,
      ),
    )
    .limit(1);
  if (another === undefined) {
    throw new AppError("conflict", "This is the last administrator; make another one first.");
  }
}

async function writePassword(tx: Transaction, userId: string, password: string): Promise<void> {
  const changed = await tx
    .update(account)
    .set({ password, updatedAt: new Date() })
    .where(and(eq(account.userId, userId), eq(account.providerId, CREDENTIAL)))
    .returning({ id: account.id });
  if (changed.length > 0) return;
  await tx
    .insert(account)
    .values({ id: randomUUID(), accountId: userId, providerId: CREDENTIAL, userId, password });
}
