/** Roles and APIs that administrators have made: read and written, each change with its audit event. */
import { eq, sql } from "drizzle-orm";
import { type Actor, record } from "../audit/audit.ts";
import type { Database, Transaction } from "../db/database.ts";
import { api, role } from "../db/schema/access.ts";
import type { Api, Declared, Role } from "./model.ts";

export const ACCESS_CHANNEL = "keyturn_access";

export async function readDeclared(db: Database): Promise<Declared> {
  const [roles, apis] = await Promise.all([
    db.select().from(role).orderBy(role.name),
    db.select().from(api).orderBy(api.audience),
  ]);
  return {
    roles: roles.map(({ name, description, permissions, secondFactor }) => ({
      name,
      description,
      permissions,
      secondFactor,
      source: "database" as const,
    })),
    apis: apis.map(({ audience, name, permissions, tokenTtlMs, algorithm }) => ({
      audience,
      name,
      permissions,
      tokenTtl: tokenTtlMs ?? undefined,
      algorithm: algorithm ?? undefined,
      source: "database" as const,
    })),
  };
}

export const saveRole = (
  db: Database,
  actor: Actor,
  { name, description, permissions, secondFactor }: Omit<Role, "source">,
): Promise<void> =>
  changing(db, async (tx) => {
    const values = { name, description, permissions: [...permissions], secondFactor };
    const set = {
      description,
      permissions: values.permissions,
      secondFactor,
      updatedAt: sql`clock_timestamp()`,
    };
    await tx.insert(role).values(values).onConflictDoUpdate({ target: role.name, set });
    await record(tx, actor, [
      { action: "role.saved", target: name, detail: { permissions: values.permissions, secondFactor } },
    ]);
  });

/** False when there is none of that name. */
export const deleteRole = (db: Database, actor: Actor, name: string): Promise<boolean> =>
  changing(db, async (tx) => {
    const gone = await tx.delete(role).where(eq(role.name, name)).returning({ name: role.name });
    if (gone.length > 0) await record(tx, actor, [{ action: "role.deleted", target: name, detail: {} }]);
    return gone.length > 0;
  });

export const saveApi = (db: Database, actor: Actor, saved: Omit<Api, "source">): Promise<void> =>
  changing(db, async (tx) => {
    const { audience, name, permissions, tokenTtl, algorithm } = saved;
    const set = {
      name,
      permissions: [...permissions],
      tokenTtlMs: tokenTtl ?? null,
      algorithm: algorithm ?? null,
    };
    await tx
      .insert(api)
      .values({ audience, ...set })
      .onConflictDoUpdate({ target: api.audience, set: { ...set, updatedAt: sql`clock_timestamp()` } });
    await record(tx, actor, [{ action: "api.saved", target: audience, detail: set }]);
  });

/** False when there is none of that audience. */
export const deleteApi = (db: Database, actor: Actor, audience: string): Promise<boolean> =>
  changing(db, async (tx) => {
    const gone = await tx.delete(api).where(eq(api.audience, audience)).returning({ audience: api.audience });
    if (gone.length > 0) await record(tx, actor, [{ action: "api.deleted", target: audience, detail: {} }]);
    return gone.length > 0;
  });

/** Every replica hears of it when it is committed. */
const changing = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  db.transaction(async (tx) => {
    const result = await work(tx);
    await tx.execute(sql`select pg_notify(${ACCESS_CHANNEL}, '')`);
    return result;
  });
