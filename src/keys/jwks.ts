/** The JWK Set as bytes: prepared once per change, served to everybody (RFC 7517 §5). */
import { createHash } from "node:crypto";
import type { PublicJwk } from "./key.ts";

export interface JwksDocument {
  readonly body: string;
  /** Strong validator (RFC 9110 §8.8.3): the same keys give the same tag on every replica. */
  readonly etag: string;
}

export function renderJwks(keys: readonly PublicJwk[]): JwksDocument {
  const body = JSON.stringify({ keys });
  return { body, etag: `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"` };
}
