/**
 * Counts in Postgres: `rate-limiter-flexible`'s one upsert for each point, on postgres.js. Its own Drizzle store wants a
 * timestamp column and reads drizzle-orm by name; this one only wants something with a `query`, which we give it.
 */
import { RateLimiterPostgres } from "rate-limiter-flexible";
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { keyedCounts } from "./keyed-counts.ts";
import type { SharedStore } from "./store.ts";

/** A count that takes longer is made in memory. */
const PATIENCE_MS = 2_000;

interface Query {
  readonly text: string;
  readonly values: (string | number)[];
}

export function createPostgresStore({ $client: sql }: Pick<Database, "$client">): SharedStore {
  const storeClient = {
    async query({ text, values }: Query) {
      const rows = await withinDeadline(sql.unsafe(text, values, { prepare: true }), PATIENCE_MS);
      return { rows, rowCount: rows.count };
    },
  };
  return {
    name: "Postgres",
    counts: (options) =>
      keyedCounts(
        new RateLimiterPostgres({
          ...options,
          storeClient,
          storeType: "client",
          tableName: "rate_limit",
          tableCreated: true,
          // It would log what it cannot do to the console, and once for each budget; `prune` does it for all.
          clearExpiredByTimeout: false,
        }),
      ),
    async prune() {
      await sql`delete from rate_limit where expire < ${Date.now()}`;
    },
    close: async () => {},
  };
}
