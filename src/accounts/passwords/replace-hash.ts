/**
 * A hash from elsewhere becomes one of ours when its password is next seen: in the background, in one statement that
 * changes it only if it still is what was checked. A sign-in neither waits for it nor fails with it.
 */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { account } from "../../db/schema/accounts.ts";
import type { Logger } from "../../logger.ts";
import type { OutdatedHash } from "./hasher.ts";

/** Resolves when it is done, or has failed and been logged. */
export type ReplaceHash = (outdated: OutdatedHash) => Promise<void>;

export function createReplaceHash(db: Database, logger: Logger): ReplaceHash {
  /** Somebody who signs in twice at once is re-hashed once. */
  const underWay = new Set<string>();
  return async ({ stored, rehash }) => {
    if (underWay.has(stored)) return;
    underWay.add(stored);
    try {
      const password = await rehash();
      await db
        .update(account)
        .set({ password, updatedAt: sql`now()` })
        .where(and(eq(account.providerId, "credential"), eq(account.password, stored)));
    } catch (error) {
      logger.warn({ err: error }, "an imported password hash was not replaced");
    } finally {
      underWay.delete(stored);
    }
  };
}
