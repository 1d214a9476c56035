/** Roles and APIs that administrators have made. Those of keyturn.config.ts are not in here. */
import { sql } from "drizzle-orm";
import { bigint, boolean, pgTable, text } from "drizzle-orm/pg-core";
import { time } from "./accounts.ts";

const created = () => time("created_at").notNull().default(sql`clock_timestamp()`);
const updated = () => time("updated_at").notNull().default(sql`clock_timestamp()`);

export const role = pgTable("role", {
  name: text("name").primaryKey(),
  description: text("description").notNull().default(""),
  permissions: text("permissions").array().notNull(),
  /** Whether nobody may use it without a second factor. */
  secondFactor: boolean("second_factor").notNull().default(false),
  createdAt: created(),
  updatedAt: updated(),
});

export const api = pgTable("api", {
  /** The `aud` of its tokens, and what `?resource=` names. */
  audience: text("audience").primaryKey(),
  name: text("name").notNull().default(""),
  /** Which permissions a token for it may carry; a trailing `*` covers what begins alike. */
  permissions: text("permissions").array().notNull(),
  tokenTtlMs: bigint("token_ttl_ms", { mode: "number" }),
  algorithm: text("algorithm"),
  createdAt: created(),
  updatedAt: updated(),
});
