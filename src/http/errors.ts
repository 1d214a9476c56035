/** The one place where what was thrown becomes an answer. A bug is logged whole and answered with nothing in it. */
import type { ErrorHandler, NotFoundHandler } from "hono";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { AppEnv } from "./context.ts";
import { answerRefusal } from "./problem.ts";

export function createErrorHandler(logger: Logger): ErrorHandler<AppEnv> {
  return (error, c) => {
    if (error instanceof AppError) return answerRefusal(c, error);
    const unreachable = isConnectionError(error);
    logger.error({ err: error, requestId: c.get("requestId"), path: c.req.path }, "a request failed");
    return answerRefusal(
      c,
      unreachable
        ? new AppError("unavailable", "The database cannot be reached right now; try again shortly.", {
            retryAfter: 5,
          })
        : new AppError("internal", "Something went wrong on our side. Tell the operator the request id."),
    );
  };
}

export const notFound: NotFoundHandler<AppEnv> = (c) =>
  answerRefusal(
    c,
    new AppError(
      "not_found",
      `There is nothing at ${c.req.method} ${c.req.path}; /docs lists what there is.`,
    ),
  );

/**
 * The socket's and postgres.js' own codes, and Postgres' classes 08 (connection), 53 (out of resources) and 57 (operator
 * intervention); 55000 is a database that accepts no connections.
 */
const UNREACHABLE = /^(?:ECONNREFUSED|ECONNRESET|ENOENT|ENOTFOUND|EPIPE|CONNECT|CONNECTION_|08|53|57|55000)/;

/** What is said when Postgres is away, by itself or inside Drizzle's wrapper. */
function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return UNREACHABLE.test(code) || isConnectionError(error.cause);
}
