/** Budgets as rate-limiter-flexible keeps them: a name, what was used, and until when (ms since the epoch). */
import { bigint, index, integer, pgTable, text } from "drizzle-orm/pg-core";

export const rateLimit = pgTable(
  "rate_limit",
  {
    key: text("key").primaryKey(),
    points: integer("points").notNull().default(0),
    expire: bigint("expire", { mode: "number" }),
  },
  (table) => [index("rate_limit_expire_index").on(table.expire)],
);
