/** Runs the server: reads the configuration, starts everything, says so, and ends it in order on a signal. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Config } from "./config.ts";
import { openDatabase } from "./db/open.ts";
import { createLogger, type Logger } from "./logger.ts";
import { loadProject } from "./project.ts";
import { loadSecrets } from "./secrets.ts";
import type { RunningServer } from "./server.ts";
import type { ServicesOptions } from "./services.ts";
import { releaseLoadingMemory } from "./start-cost.ts";
import { loadConfigWithVault } from "./vault/load-config.ts";

/** After this the process ends whatever hangs: an orchestrator would kill it anyway. */
const LAST_RESORT_MS = 9_500;
/** How long the socket goes on listening after the signal. */
const GRACE_MS = 250;

/** Other limits than Keyturn's own are for measurements, which are a crowd from one address. */
export async function serve(options: Pick<ServicesOptions, "budgets"> = {}): Promise<void> {
  const config = await loadConfigWithVault();
  const logger = createLogger({ level: config.LOG_LEVEL, pretty: process.stdout.isTTY });
  const ending = createEnding(logger);
  process.on("SIGTERM", () => void ending.begin("SIGTERM", 0));
  process.on("SIGINT", () => void ending.begin("SIGINT", 0));

  const starting = start(config, logger, options, (error) => {
    logger.fatal({ err: error }, "the embedded Postgres is gone and does not come back");
    void ending.begin("database lost", 1);
  });
  ending.ends(starting);
  const server = await starting;

  const data = config.DATABASE_URL === undefined ? config.DATA_DIR : "DATABASE_URL";
  const { ISSUER: issuer } = config;
  logger.info(
    { url: server.url, issuer, data, ms: Math.round(process.uptime() * 1000) },
    `Keyturn is ready at ${issuer}, listening on ${server.url} (data: ${data}). Try: curl ${issuer}/.well-known/jwks.json, or open ${issuer}/docs`,
  );
  logger.flush();
  releaseLoadingMemory();
}

async function start(
  config: Config,
  logger: Logger,
  options: Pick<ServicesOptions, "budgets">,
  onDatabaseLost: (error: Error) => void,
): Promise<RunningServer> {
  const secrets = loadSecrets(config);
  const project = await loadProject(config.KEYTURN_CONFIG);
  // Postgres starts while the rest of the program is still being loaded.
  const [database, { startServer }] = await Promise.all([
    openDatabase({ config, logger, mode: "own", password: secrets.databasePassword, onDatabaseLost }),
    import("./server.ts"),
  ]);
  return startServer({ config, logger, secrets, project, database, ...options });
}

/** The end, once, whenever it is asked for: a signal during the start waits for the start, then stops what it made. */
function createEnding(logger: Logger) {
  let starting: Promise<RunningServer> | undefined;
  let hasBegun = false;
  return {
    ends(started: Promise<RunningServer>) {
      starting = started;
    },
    async begin(reason: string, exitCode: number): Promise<void> {
      if (hasBegun) return;
      hasBegun = true;
      process.exitCode = exitCode;
      logger.info({ reason }, "stopping");
      setTimeout(() => process.exit(1), LAST_RESORT_MS).unref();
      try {
        const server = await starting;
        // Connections in the system's queue, or not yet read, were opened before the signal: they are answered as well.
        await sleep(GRACE_MS);
        await server?.close();
        logger.info("stopped");
      } catch (error) {
        logger.error({ err: error }, "the end was not in order");
      }
      logger.flush();
    },
  };
}
