/** What a command works with: the services of this configuration, beside a running server or without one. */
import { loadConfig } from "../config.ts";
import { createLogger } from "../logger.ts";
import { createServices, type Services } from "../services.ts";

/** Opens the services, lets `work` use them, closes them. Only warnings are logged, to standard error. */
export async function withServices<T>(work: (services: Services) => Promise<T>): Promise<T> {
  const logger = createLogger({ level: "warn", pretty: process.stderr.isTTY, destination: process.stderr });
  const services = await createServices({ config: loadConfig(), logger, mode: "attach" });
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
