/**
 * Who may call from a browser: CORS for the configured front ends, and the refusal of state changes that a foreign
 * page asked for (CSRF). Exact origins, no wildcards.
 */
import { cors } from "hono/cors";
import { AppError } from "../../errors.ts";
import { type AppMiddleware, requestHeader } from "../context.ts";

const SAFE_METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/**
 * Providers such as Apple have the browser post their answer (OAuth 2.0 Form Post Response Mode). It changes nothing: it is
 * sent on to the same address by GET, where the cookie of who began decides.
 */
const ANSWER_OF_A_PROVIDER = /^\/api\/auth\/callback\/[^/]+$/;

export function crossOrigin(trustedOrigins: readonly string[]): AppMiddleware {
  const answer = cors({
    origin: [...trustedOrigins],
    credentials: true,
    allowHeaders: ["Content-Type", "Authorization", "X-Request-Id"],
    exposeHeaders: ["set-auth-token", "X-Request-Id", "Retry-After", "RateLimit", "RateLimit-Policy"],
    maxAge: 600,
  });
  // Most callers are servers and send no Origin: nothing to do for them.
  return (c, next) => (requestHeader(c, "origin") === undefined ? next() : answer(c, next));
}

/**
 * Nothing changes because a foreign page asked for it, cookie or not: a sign-in somebody else started is an attack
 * as well. Browsers name the origin of every such request; whoever names none is not a browser.
 */
export function refuseForeignOrigins(trustedOrigins: readonly string[]): AppMiddleware {
  const trusted = new Set(trustedOrigins);
  return (c, next) => {
    const origin = requestHeader(c, "origin");
    const site = requestHeader(c, "sec-fetch-site");
    if (SAFE_METHODS.has(c.req.method) || isOurs(trusted, origin, site)) return next();
    if (ANSWER_OF_A_PROVIDER.test(c.req.path)) return next();
    throw new AppError(
      "untrusted_origin",
      "A request of a page that changes something must come from a trusted origin; CORS_ORIGINS lists them.",
    );
  };
}

/** Pages without a referrer say `null`; `Sec-Fetch-Site` then tells ours from foreign ones, and no page can forge it. */
function isOurs(trusted: ReadonlySet<string>, origin: string | undefined, site: string | undefined): boolean {
  if (origin !== undefined && origin !== "null") return trusted.has(origin);
  return site === "same-origin" || (origin === undefined && (site === undefined || site === "none"));
}
