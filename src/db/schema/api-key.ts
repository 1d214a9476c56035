/** Keys of programs, hashed: the table of Better Auth's API key plugin. */
import { boolean, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { time } from "./accounts.ts";

export const apikey = pgTable(
  "api_key",
  {
    id: text("id").primaryKey(),
    configId: text("config_id").notNull().default("default"),
    name: text("name"),
    /** The first characters, to be recognised by. */
    start: text("start"),
    /** The user it acts for. */
    referenceId: text("reference_id").notNull(),
    prefix: text("prefix"),
    /** SHA-256 of the key. */
    key: text("key").notNull(),
    refillInterval: integer("refill_interval"),
    refillAmount: integer("refill_amount"),
    lastRefillAt: time("last_refill_at"),
    enabled: boolean("enabled").notNull().default(true),
    rateLimitEnabled: boolean("rate_limit_enabled").notNull().default(true),
    rateLimitTimeWindow: integer("rate_limit_time_window"),
    rateLimitMax: integer("rate_limit_max"),
    requestCount: integer("request_count").notNull().default(0),
    remaining: integer("remaining"),
    lastRequest: time("last_request"),
    expiresAt: time("expires_at"),
    createdAt: time("created_at").notNull().defaultNow(),
    updatedAt: time("updated_at").notNull().defaultNow(),
    permissions: text("permissions"),
    metadata: text("metadata"),
  },
  (table) => [
    uniqueIndex("api_key_key_unique").on(table.key),
    index("api_key_reference_id_index").on(table.referenceId),
    index("api_key_expires_at_index").on(table.expiresAt),
  ],
);
