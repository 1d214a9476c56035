// Owns the platform as Node and Bun have it: node:crypto, which checks a signature at once, node:http, and Buffer.
import { isUtf8 } from "node:buffer";
import { prepareKey } from "./node-crypto.ts";
import { fetchJwks } from "./node-fetch.ts";
import type { Platform } from "./platform.ts";

export const platform: Platform = {
  decodeBytes,
  decodeText(segment) {
    const bytes = decodeBytes(segment);
    return bytes !== undefined && isUtf8(bytes) ? bytes.toString() : undefined;
  },
  prepareKey,
  fetchJwks,
  release: (timer) => void timer.unref(),
  outlivesRequests: true,
};

// Buffer passes over whatever is not base64url, so a segment is canonical if it is how its bytes are written.
function decodeBytes(segment: string): Buffer | undefined {
  const bytes = Buffer.from(segment, "base64url");
  return bytes.toString("base64url") === segment ? bytes : undefined;
}
