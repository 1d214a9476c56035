// Owns the outer form of a token: compact JWS serialization (RFC 7515 §7.1), its size, canonical base64url, UTF-8.
// Does not know what the header or the claims mean; nothing here touches a key.
import { platform } from "#platform";
import { VerifierError } from "./errors.ts";
import { type JsonObject, parseJsonObject } from "./json.ts";

/** A token taken apart; header and payload as they were sent. */
export interface Segments {
  readonly header: string;
  readonly payload: string;
  readonly signature: Uint8Array;
  /** What the signature covers: `header.payload` (RFC 7515 §5.2). */
  readonly signed: string;
}

const MAX_LENGTH = 16_384;

export function splitToken(token: unknown): Segments {
  if (typeof token !== "string") throw malformed(`expected a string, got ${typeof token}`);
  if (token.length > MAX_LENGTH) {
    throw new VerifierError(
      "token_too_large",
      `expected at most ${MAX_LENGTH} characters, got ${token.length}`,
    );
  }
  const first = token.indexOf(".");
  const second = token.indexOf(".", first + 1);
  if (first < 1 || second < first + 2 || second === token.length - 1) {
    throw malformed("expected three base64url segments joined by dots");
  }
  // A further dot is no base64url.
  const signature = platform.decodeBytes(token.slice(second + 1));
  if (signature === undefined) throw malformed("signature: expected canonical base64url");
  return {
    header: token.slice(0, first),
    payload: token.slice(first + 1, second),
    signature,
    signed: token.slice(0, second),
  };
}

export function decodeObject(segment: string, name: "header" | "payload"): JsonObject {
  const text = platform.decodeText(segment);
  if (text === undefined) throw malformed(`${name}: expected canonical base64url of UTF-8`);
  try {
    return parseJsonObject(text);
  } catch (cause) {
    throw malformed(`${name}: ${cause instanceof Error ? cause.message : "expected JSON"}`);
  }
}

function malformed(message: string): VerifierError {
  return new VerifierError("token_malformed", message);
}
