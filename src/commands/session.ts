/** What a command works with: the services of this configuration, beside a running server or without one. */
import { loadConfig } from "../config.ts";
import { openDatabase } from "../db/open.ts";
import { createLogger } from "../logger.ts";
import { loadSecrets } from "../secrets.ts";
import type { Services } from "../services.ts";

/** Everything a command opens: configuration, secrets, and a log of warnings on standard error. */
export async function openForCommand() {
  const config = loadConfig();
  const secrets = loadSecrets(config);
  const logger = createLogger({ level: "warn", pretty: process.stderr.isTTY, destination: process.stderr });
  const database = await openDatabase({ config, logger, mode: "attach", password: secrets.databasePassword });
  return { config, secrets, logger, database };
}

/** Opens the services, lets `work` use them, closes them. */
export async function withServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const [opened, { createServices }] = await Promise.all([openForCommand(), import("../services.ts")]);
  const services = await createServices(opened);
  try {
    return await work(services);
  } finally {
    await services.close();
  }
}

/** Machines read JSON, people read the rest. */
export function print(result: unknown, lines: readonly string[], json: boolean): void {
  process.stdout.write(json ? `${JSON.stringify(result, null, 2)}\n` : `${lines.join("\n")}\n`);
}
