/** Brings the schema up to date, one process at a time. A database made by a newer Keyturn is refused untouched. */
import { fileURLToPath } from "node:url";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { drizzle } from "drizzle-orm/postgres-js";
import { migrate } from "drizzle-orm/postgres-js/migrator";
import type postgres from "postgres";
import { reasonOf, StartupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import { type Address, describeAddress } from "./address.ts";
import { openClient } from "./database.ts";
import { MIGRATION_LOCK } from "./locks.ts";

const MIGRATIONS_FOLDER = fileURLToPath(new URL("../../drizzle", import.meta.url));
const MIGRATIONS_TABLE = "migration";

export interface MigrateOptions {
  readonly address: Address;
  readonly schemaName: string;
  readonly logger: Logger;
}

/** Returns how many migrations were applied. Throws a `StartupError` when Postgres cannot be reached within 10 s. */
export async function applyMigrations({ address, schemaName, logger }: MigrateOptions): Promise<number> {
  const client = openClient(address, { name: "migrations", max: 1, schemaName, logger });
  try {
    await explained(client`select 1`, address);
    await client`select pg_advisory_lock(${MIGRATION_LOCK})`;
    await explained(client`create schema if not exists ${client(schemaName)}`, address);
    const known = readMigrationFiles({ migrationsFolder: MIGRATIONS_FOLDER });
    const before = await appliedTimes(client, schemaName);
    refuseNewer(before, known.at(-1)?.folderMillis ?? 0);
    await migrate(drizzle(client), {
      migrationsFolder: MIGRATIONS_FOLDER,
      migrationsSchema: schemaName,
      migrationsTable: MIGRATIONS_TABLE,
    });
    return known.length - before.length;
  } finally {
    // Ending the session gives the lock back.
    await client.end({ timeout: 2 });
  }
}

async function appliedTimes(client: postgres.Sql, schemaName: string): Promise<number[]> {
  const [found] =
    await client`select to_regclass(${`${schemaName}.${MIGRATIONS_TABLE}`}) is not null as exists`;
  if (found?.["exists"] !== true) return [];
  const rows = await client<{ created_at: string }[]>`
    select created_at from ${client(schemaName)}.${client(MIGRATIONS_TABLE)} order by created_at`;
  return rows.map((row) => Number(row.created_at));
}

function refuseNewer(applied: readonly number[], newestKnown: number): void {
  if ((applied.at(-1) ?? 0) <= newestKnown) return;
  throw new StartupError(
    "the database was last used by a newer Keyturn than this one",
    "start that version or a newer one, or restore the backup made before the upgrade; nothing was changed",
  );
}

/** What an operator can do about a statement that failed; anything else is a bug. */
async function explained<T>(statement: PromiseLike<T>, address: Address): Promise<T> {
  try {
    return await statement;
  } catch (error) {
    throw new StartupError(
      `the database cannot be used: ${explain(error)}`,
      `check that Postgres runs, that DATABASE_URL is right (${describeAddress(address)}), and that its user may create in it`,
    );
  }
}

/** postgres.js reports many things; the code says most in the fewest words. */
function explain(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const known: Record<string, string> = {
    ECONNREFUSED: "nothing answers at that address",
    CONNECT_TIMEOUT: "it did not answer in time",
    ENOTFOUND: "the host name is unknown",
    EAI_AGAIN: "the host name is unknown",
    "42501": "its user may not create a schema there",
    "28P01": "the password was refused",
    "3D000": "there is no such database",
    "57P03": "it is still starting up",
  };
  return known[code] ?? reasonOf(error);
}
