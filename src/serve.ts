/** Runs the server: reads the configuration, starts everything, says so, and ends it in order on a signal. */
import { setTimeout as sleep } from "node:timers/promises";
import { loadConfig } from "./config.ts";
import { openDatabase } from "./db/open.ts";
import { createLogger } from "./logger.ts";
import { loadSecrets } from "./secrets.ts";
import { releaseLoadingMemory } from "./start-cost.ts";

/** After this the process ends whatever hangs: an orchestrator would kill it anyway. */
const LAST_RESORT_MS = 9_500;
/** How long the socket goes on listening after the signal. */
const GRACE_MS = 250;

export async function serve(): Promise<void> {
  const config = loadConfig();
  const logger = createLogger({ level: config.LOG_LEVEL, pretty: process.stdout.isTTY });
  const secrets = loadSecrets(config);
  let ending = false;

  const end = async (reason: string, exitCode: number) => {
    if (ending) return;
    ending = true;
    logger.info({ reason }, "stopping");
    setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
    // Connections in the system's queue, or not yet read, were opened before the signal: they are answered as well.
    await sleep(GRACE_MS);
    await server.close();
    logger.info("stopped");
    logger.flush();
    process.exitCode = exitCode;
  };
  const onDatabaseLost = (error: Error) => {
    logger.fatal({ err: error }, "the embedded Postgres is gone and does not come back");
    void end("database lost", 1);
  };

  // Postgres starts while the rest of the program is still being loaded.
  const [database, { startServer }] = await Promise.all([
    openDatabase({ config, logger, mode: "own", password: secrets.databasePassword, onDatabaseLost }),
    import("./server.ts"),
  ]);
  const server = await startServer({ config, logger, secrets, database });
  process.on("SIGTERM", () => void end("SIGTERM", 0));
  process.on("SIGINT", () => void end("SIGINT", 0));

  const data = config.DATABASE_URL === undefined ? config.DATA_DIR : "DATABASE_URL";
  logger.info(
    { url: server.url, issuer: config.ISSUER, data, ms: Math.round(process.uptime() * 1000) },
    `Keyturn is ready at ${server.url} (data: ${data}). Try: curl ${server.url}/.well-known/jwks.json, or open ${server.url}/docs`,
  );
  logger.flush();
  releaseLoadingMemory();
}
