/** How a command fails: an operator reads what is wrong and the way out; only a bug shows its stack. Exit code 1. */
import { AppError, StartupError } from "./errors.ts";
import { causeOf } from "./logger.ts";

export function reportFailure(error: unknown): void {
  process.exitCode = 1;
  process.stderr.write(`${describeFailure(error)}\n`);
}

function describeFailure(failure: unknown): string {
  const error = firstOf(failure);
  if (error instanceof StartupError) return `keyturn: ${error.message}\n\nWhat to do: ${error.wayOut}`;
  if (error instanceof AppError) return `keyturn: ${error.message}`;
  return `keyturn: this is a bug, please report it\n${error instanceof Error ? causeOf(error).stack : String(error)}`;
}

/** What went wrong first, when cleaning up after it went wrong as well. */
const firstOf = (failure: unknown): unknown =>
  failure instanceof SuppressedError ? firstOf(failure.suppressed) : failure;
