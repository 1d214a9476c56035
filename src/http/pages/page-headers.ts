/** What pages may load: our own files and nothing else. */
import type { AppContext } from "../context.ts";

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export function pageHeaders(c: AppContext, policy = POLICY): void {
  c.header("Content-Security-Policy", policy);
  c.header("Cache-Control", "no-cache");
}
