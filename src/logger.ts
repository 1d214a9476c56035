/** Structured logs (pino): JSON lines, pretty on a terminal. Secrets are redacted by name, statements never get in. */
import { type DestinationStream, type Logger, pino, stdSerializers } from "pino";
import { build as pretty } from "pino-pretty";

export type { Logger } from "pino";

/** Member names that never reach a log, at the top level and one level down. */
const SECRET_MEMBERS = [
  "authorization",
  "cookie",
  "set-cookie",
  "set-auth-token",
  "password",
  "newPassword",
  "currentPassword",
  "token",
  "secret",
  "privateKey",
];

/** Lines leave four kilobytes at a time, or after a second: a write for each one is dearer than what it tells of. */
const BUFFERED = { sync: false, minLength: 4096, periodicFlush: 1_000 };

export interface LoggerOptions {
  readonly level: string;
  /** People read a terminal, machines read JSON. */
  readonly pretty: boolean;
  readonly destination?: DestinationStream;
}

export function createLogger({ level, pretty: forPeople, destination }: LoggerOptions): Logger {
  const paths = SECRET_MEMBERS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]);
  const stream =
    destination ??
    (forPeople
      ? pretty({ ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss" })
      : pino.destination(BUFFERED));
  return pino(
    { level, base: null, redact: { paths, censor: "[redacted]" }, serializers: { err: describe } },
    stream,
  );
}

/**
 * A failed statement is thrown with its SQL and parameters in the message (addresses, hashes). Below it lies
 * Postgres' own error, which says what went wrong without them.
 */
export function causeOf(error: Error): Error {
  return "query" in error && "params" in error && error.cause instanceof Error ? error.cause : error;
}

function describe(error: unknown): object {
  if (!(error instanceof Error)) return { message: typeof error };
  const cause = causeOf(error);
  const { type, message, stack } = stdSerializers.err(cause);
  return { type, message, stack, ...("code" in cause && { code: cause.code }) };
}
