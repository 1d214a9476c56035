/**
 * Better Auth as its documentation has one set it up on Hono and Postgres: Drizzle adapter, jwt, bearer and API key
 * plugins, defaults. Different from them only where a comparison needs it: Argon2id as ours, API keys that stand for
 * their owner's session, and limits off, or too wide to be met.
 */
import { apiKey } from "@better-auth/api-key";
import { serve } from "@hono/node-server";
import { betterAuth } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { bearer, jwt } from "better-auth/plugins";
import { generateDrizzleJson, generateMigration } from "drizzle-kit/api";
import { drizzle } from "drizzle-orm/postgres-js";
import { Hono } from "hono";
import postgres from "postgres";
import { z } from "zod";
import { createPasswordHasher } from "../../src/accounts/passwords/hasher.ts";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import * as schema from "./bare-better-auth-schema.ts";

const { DATABASE_URL, SECRET, BASE_URL, PORT } = z
  .object({ DATABASE_URL: z.string(), SECRET: z.string(), BASE_URL: z.string(), PORT: z.coerce.number() })
  .parse(process.env);

const address = parseDatabaseUrl(DATABASE_URL);
const sql = "url" in address ? postgres(address.url) : postgres({ ...address });
// Another row of the same run may have left its own, sealed with another secret.
await sql`drop schema if exists bare_better_auth cascade`;
for (const statement of await generateMigration(generateDrizzleJson({}), generateDrizzleJson(schema))) {
  await sql.unsafe(statement);
}

const auth = betterAuth({
  baseURL: BASE_URL,
  secret: SECRET,
  database: drizzleAdapter(drizzle(sql), { provider: "pg", schema }),
  emailAndPassword: { enabled: true, password: createPasswordHasher() },
  plugins: [
    jwt(),
    bearer(),
    apiKey({
      enableSessionForAPIKeys: true,
      rateLimit: { enabled: true, timeWindow: 60_000, maxRequests: 1_000_000 },
    }),
  ],
  rateLimit: { enabled: false },
  telemetry: { enabled: false },
  logger: { disabled: true },
});

const app = new Hono();
app.on(["GET", "POST"], "/api/auth/*", (c) => auth.handler(c.req.raw));

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: PORT });
