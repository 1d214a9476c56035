/**
 * Who may call from a browser: CORS for the configured front ends, and the refusal of state changes that a cookie
 * would allow but a foreign page asked for (CSRF). Exact origins, no wildcards.
 */
import { cors } from "hono/cors";
import { AppError } from "../../errors.ts";
import type { AppMiddleware } from "../context.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export function crossOrigin(trustedOrigins: readonly string[]): AppMiddleware {
  const answer = cors({
    origin: [...trustedOrigins],
    credentials: true,
    allowHeaders: ["Content-Type", "Authorization", "X-Request-Id"],
    exposeHeaders: ["set-auth-token", "X-Request-Id", "Retry-After"],
    maxAge: 600,
  });
  // Most callers are servers and send no Origin: nothing to do for them.
  return (c, next) => (c.req.header("origin") === undefined ? next() : answer(c, next));
}

/** For our own state-changing handlers; Better Auth checks its own. */
export function refuseForeignOrigins(trustedOrigins: readonly string[]): AppMiddleware {
  const trusted = new Set(trustedOrigins);
  return (c, next) => {
    const origin = c.req.header("origin");
    const withCookie = c.req.header("cookie") !== undefined;
    if (SAFE_METHODS.has(c.req.method) || !withCookie || (origin !== undefined && trusted.has(origin)))
      return next();
    if (origin === undefined && c.req.header("sec-fetch-site") === undefined) return next();
    throw new AppError(
      "untrusted_origin",
      "A request with a cookie that changes something must come from a trusted origin; CORS_ORIGINS lists them.",
    );
  };
}
