/** Headers every answer carries. They go to Node's response, where an answer's own (a page's policy) replace them. */
import type { AppMiddleware } from "../context.ts";

const API_CONTENT_SECURITY_POLICY = "default-src 'none'; frame-ancestors 'none'";

export function securityHeaders(issuer: string): AppMiddleware {
  const headers = new Map([
    ["X-Content-Type-Options", "nosniff"],
    ["Referrer-Policy", "no-referrer"],
    ["Cross-Origin-Opener-Policy", "same-origin"],
    ["Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"],
    ["Content-Security-Policy", API_CONTENT_SECURITY_POLICY],
  ]);
  if (issuer.startsWith("https:"))
    headers.set("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
  return (c, next) => {
    c.env.outgoing.setHeaders(headers);
    return next();
  };
}
