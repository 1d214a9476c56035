/** The database a configuration speaks of: reachable and up to date. Embedded ones are started here and stopped here. */
import type { Config } from "../config.ts";
import type { Logger } from "../logger.ts";
import { type Address, parseDatabaseUrl } from "./address.ts";
import { openEmbedded } from "./embedded/open.ts";
import { applyMigrations } from "./migrate.ts";

export interface OpenOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly mode: "own" | "attach";
  /** Of the embedded Postgres. */
  readonly password: string | undefined;
  readonly onDatabaseLost?: (error: Error) => void;
}

export interface OpenedDatabase {
  readonly address: Address;
  readonly migrationsApplied: number;
  close(): Promise<void>;
}

export async function openDatabase(options: OpenOptions): Promise<OpenedDatabase> {
  const { config, logger } = options;
  const { address, close } = await locate(options);
  try {
    const migrationsApplied = await applyMigrations({ address, schemaName: config.DATABASE_SCHEMA, logger });
    return { address, migrationsApplied, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function locate({
  config,
  logger,
  mode,
  password,
  onDatabaseLost,
}: OpenOptions): Promise<{ address: Address; close(): Promise<void> }> {
  if (config.DATABASE_URL !== undefined) {
    return { address: parseDatabaseUrl(config.DATABASE_URL), close: async () => {} };
  }
  if (password === undefined) throw new Error("the embedded Postgres needs its password");
  const embedded = await openEmbedded({ dataDir: config.DATA_DIR, password, logger, mode });
  if (onDatabaseLost !== undefined) embedded.onLost(onDatabaseLost);
  return { address: embedded.connection, close: () => embedded.stop() };
}
