// Owns the outer form of a token: compact JWS serialization (RFC 7515 §7.1), its size, canonical base64url, UTF-8.
// Does not know what the header or the claims mean; nothing here touches a key.
import { platform } from "#platform";
import { VerifierError } from "./errors.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";

/** The three segments as they were sent. */
export interface Segments {
  readonly header: string;
  readonly payload: string;
  readonly signature: string;
  /** What the signature covers: `header.payload` (RFC 7515 §5.2). */
  readonly signed: string;
}

const MAX_LENGTH = 16_384;
const COMPACT = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export function splitToken(token: unknown): Segments {
  if (typeof token !== "string") throw malformed(`expected a string, got ${typeof token}`);
  if (token.length > MAX_LENGTH) {
    throw new VerifierError(
      "token_too_large",
      `expected at most ${MAX_LENGTH} characters, got ${token.length}`,
    );
  }
  if (!COMPACT.test(token)) throw malformed("expected three base64url segments joined by dots");
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature: token.slice(second + 1),
    signed: token.slice(0, second),
  };
}

export function decodeObject(segment: string, name: "header" | "payload"): JsonObject {
  const bytes = decodeSegment(segment, name);
  try {
    return parseJsonObject(readUtf8(bytes, name));
  } catch (cause) {
    if (cause instanceof VerifierError) throw cause;
    throw malformed(`${name}: ${cause instanceof Error ? cause.message : "expected JSON"}`);
  }
}

export function decodeSegment(segment: string, name: string): Uint8Array {
  if (!isCanonical(segment)) throw malformed(`${name}: expected canonical base64url`);
  return platform.decodeBase64url(segment);
}

function readUtf8(bytes: Uint8Array, name: string): string {
  try {
    return platform.decodeUtf8(bytes);
  } catch {
    throw malformed(`${name}: expected UTF-8`);
  }
}

// RFC 4648 §3.5: pad bits that are not zero would give one token several spellings.
function isCanonical(segment: string): boolean {
  const last = segment.charAt(segment.length - 1);
  switch (segment.length % 4) {
    case 0:
      return true;
    case 2:
      return "AQgw".includes(last);
    case 3:
      return "AEIMQUYcgkosw048".includes(last);
    default:
      return false;
  }
}

function malformed(message: string): VerifierError {
  return new VerifierError("token_malformed", message);
}
