/** Better Auth's log lines in our log: its sentence and the kind of error, never statements, parameters or addresses. */
import { causeOf, type Logger } from "../logger.ts";

/** `Invalid callbackURL: https://…`: whatever a caller liked to write there. */
const NAMES_AN_ADDRESS = /^(Invalid [\w ]+): .*$/s;

export function createEngineLog(logger: Logger) {
  const engine = logger.child({ engine: "better-auth" });
  return {
    level: "warn" as const,
    log(
      level: "debug" | "info" | "success" | "warn" | "error",
      message: string,
      ...details: unknown[]
    ): void {
      const error = details.find((detail) => detail instanceof Error);
      engine[level === "success" ? "info" : level](
        error === undefined ? {} : { err: causeOf(error) },
        message.replace(NAMES_AN_ADDRESS, "$1"),
      );
    },
  };
}
