// Owns the platform as the web has it: WebCrypto, fetch and nothing else. For Deno, Cloudflare's workers and the like.
import type { Platform } from "./platform.ts";
import { decodeBytes } from "./web-bytes.ts";
import { prepareKey } from "./web-crypto.ts";
import { fetchJwks } from "./web-fetch.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export const platform: Platform = {
  decodeBytes,
  decodeText(segment) {
    try {
      const bytes = decodeBytes(segment);
      return bytes && utf8.decode(bytes);
    } catch {
      return undefined;
    }
  },
  prepareKey,
  fetchJwks,
  release(timer: unknown) {
    if (
      typeof timer === "object" &&
      timer !== null &&
      "unref" in timer &&
      typeof timer.unref === "function"
    ) {
      timer.unref();
    }
  },
  outlivesRequests: globalThis.navigator?.userAgent !== "Cloudflare-Workers",
};
