/** Gives each request an id, and its line in the log: what was asked, what was answered, how long it took. */
import { randomUUID } from "node:crypto";
import type { Logger } from "../../logger.ts";
import { type AppMiddleware, requestHeader } from "../context.ts";

/** An id a proxy in front of us gave is kept, so that its log and ours can be put side by side. */
const ACCEPTABLE_ID = /^[\w-]{8,64}$/;

/** Asked all day by machines; only interesting while looking for something. */
const QUIET_PATHS: ReadonlySet<string> = new Set(["/livez", "/readyz", "/metrics"]);

export function observe(logger: Logger): AppMiddleware {
  // These lines hold nothing to redact, and looking for it would cost as much as the line itself.
  const access = logger.child({}, { redact: [] });
  return async (c, next) => {
    const start = performance.now();
    const given = requestHeader(c, "x-request-id");
    const requestId = given !== undefined && ACCEPTABLE_ID.test(given) ? given : randomUUID();
    c.set("requestId", requestId);
    c.env.outgoing.setHeader("X-Request-Id", requestId);
    await next();
    const { method, path } = c.req;
    const line = {
      requestId,
      method,
      path,
      status: c.res.status,
      ms: Math.round((performance.now() - start) * 10) / 10,
    };
    if (QUIET_PATHS.has(path)) access.debug(line, "request");
    else access.info(line, "request");
  };
}
