/** The one place where what was thrown becomes an answer. A bug is logged whole and answered with nothing in it. */
import type { ErrorHandler, NotFoundHandler } from "hono";
import { isUnkeepableText } from "../db/error-code.ts";
import { isUnreachable } from "../db/lost-connection.ts";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { AppEnv } from "./context.ts";
import { answerRefusal } from "./problem.ts";

export function createErrorHandler(logger: Logger): ErrorHandler<AppEnv> {
  return (error, c) => {
    if (error instanceof AppError) return answerRefusal(c, error);
    if (isUnkeepableText(error)) {
      return answerRefusal(c, new AppError("malformed_request", "Expected text without NUL characters."));
    }
    const unreachable = isUnreachable(error);
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
