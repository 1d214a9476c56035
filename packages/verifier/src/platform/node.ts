// Owns the platform as Node and Bun have it: node:crypto, which checks a signature at once, node:http, and Buffer.
import { isUtf8 } from "node:buffer";
import { prepareKey } from "./node-crypto.ts";
import { fetchJwks } from "./node-fetch.ts";
import type { Platform } from "./platform.ts";

export const platform: Platform = {
  decodeBase64url: (text) => Buffer.from(text, "base64url"),
  decodeUtf8(bytes) {
    if (!isUtf8(bytes)) throw new TypeError("expected UTF-8");
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
  },
  encodeAscii: (text) => Buffer.from(text, "latin1"),
  prepareKey,
  fetchJwks,
  release: (timer) => void timer.unref(),
  outlivesRequests: true,
};
