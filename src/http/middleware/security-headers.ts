/** Headers every answer carries. A page that needs scripts or styles says so itself. */
import type { AppMiddleware } from "../context.ts";

const API_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function securityHeaders(issuer: string): AppMiddleware {
  const headers: readonly [string, string][] = [
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "no-referrer"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Content-Security-Policy", API_CONTENT_SECURITY_POLICY],
    ...(issuer.startsWith("https:")
      ? [["Strict-Transport-Security", "max-age=31536000; includeSubDomains"] satisfies [string, string]]
      : []),
  ];
  return (c, next) => {
    for (const [name, value] of headers) c.header(name, value);
    return next();
  };
}
