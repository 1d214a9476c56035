/** What a command works with: the database of this configuration, beside a running server or without one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Config } from "../config.ts";
import { connect, type Database } from "../db/database.ts";
import { openDatabase } from "../db/open.ts";
import { StartupError } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { loadSecrets } from "../secrets.ts";
import { loadConfigWithVault } from "../vault/load-config.ts";

type Opened = Awaited<ReturnType<typeof openForCommand>>;

/** Everything a command opens: configuration, secrets, and a log of warnings on standard error. */
export async function openForCommand({ mayBegin = false } = {}) {
  const config = await loadConfigWithVault();
  if (!mayBegin) refuseToBegin(config);
  const secrets = loadSecrets(config);
  const logger = createLogger({ level: "warn", pretty: process.stderr.isTTY, destination: process.stderr });
  const database = await openDatabase({ config, logger, mode: "attach", password: secrets.databasePassword });
  return { config, secrets, logger, database };
}

/** A command looks after an installation; run in the wrong folder it must not leave a new one there. */
function refuseToBegin({ DATABASE_URL, DATA_DIR }: Config): void {
  if (DATABASE_URL !== undefined || existsSync(join(DATA_DIR, "postgres"))) return;
  throw new StartupError(
    `there is no Keyturn in ${DATA_DIR}`,
    "run this where the server runs, with its DATA_DIR or DATABASE_URL; or start a server first",
  );
}

/** Opens the database for `work`, and closes it. A command never turns keys by itself: that is for the servers. */
export async function withDatabase<T>(work: (db: Database, opened: Opened) => Promise<T>): Promise<T> {
  const opened = await openForCommand();
  const { config, logger, database } = opened;
  const connections = connect({ address: database.address, schemaName: config.DATABASE_SCHEMA, logger });
  try {
    return await work(connections.accounts, opened);
  } finally {
    await connections.close();
    await database.close();
  }
}

/** Machines read JSON, people read the rest. */
export function print(result: unknown, lines: readonly string[], json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${lines.join("\n")}\n`);
}
