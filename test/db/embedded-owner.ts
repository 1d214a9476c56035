/**
 * A process that opens the embedded database and tells what happened in one line of JSON, then holds on to it until
 * SIGTERM. Run by the tests as a server that can be killed. Arguments: DATA_DIR, mode, password.
 */

import { openEmbedded } from "../../src/db/embedded/open.ts";
import { StartupError } from "../../src/errors.ts";
import { createLogger } from "../../src/logger.ts";

const [dataDir = "", mode = "own", password = ""] = process.argv.slice(2);
const tell = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const logger = createLogger({ level: "silent", pretty: false });

try {
  const database = await openEmbedded({
    dataDir,
    password,
    logger,
    mode: mode === "attach" ? "attach" : "own",
    durable: false,
  });
  process.once("SIGTERM", () => void database.stop());
  tell({ postmaster: database.pid, adopted: database.adopted });
} catch (error) {
  if (!(error instanceof StartupError)) throw error;
  tell({ refused: error.message, wayOut: error.wayOut });
}
