/** What may happen once: a claim that one of twenty at the same moment gets, by the primary key of a row. */
import { createHash } from "node:crypto";
import { eq, lt, sql } from "drizzle-orm";
import type { Database } from "../db/database.ts";
import { verification } from "../db/schema/accounts.ts";

/** False when somebody has claimed it less than so many milliseconds ago. */
export async function claimOnce(db: Database, what: string, lifetime: number): Promise<boolean> {
  const expiresAt = sql`now() + ${lifetime} * interval '1 millisecond'`;
  const id = idOf(what);
  const claimed = await db
    .insert(verification)
    .values({ id, identifier: id, value: "", expiresAt })
    .onConflictDoUpdate({
      target: verification.id,
      set: { expiresAt },
      setWhere: lt(verification.expiresAt, sql`now()`),
    })
    .returning({ id: verification.id });
  return claimed.length === 1;
}

/** As if it had not been claimed. */
export async function giveBack(db: Database, what: string): Promise<void> {
  await db.delete(verification).where(eq(verification.id, idOf(what)));
}

const idOf = (what: string): string => `once-${createHash("sha256").update(what).digest("base64url")}`;
