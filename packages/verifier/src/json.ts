// Owns reading one JSON object strictly: no duplicate members at any depth (RFC 8725 §2.4, RFC 7519 §4),
// bounded nesting, and a result nobody can change. Knows nothing of tokens; throws SyntaxError.

/** A JSON object as it came, frozen all the way down. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 32;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

export function parseJsonObject(text: string): JsonObject {
  const value = parse(text);
  if (!isJsonObject(value)) throw new SyntaxError("expected a JSON object");
  // JSON.parse keeps the last of two members with one name, so fewer are left than were written.
  if (freezeAndCount(value, 1) !== countWrittenMembers(text)) throw new SyntaxError("duplicate member");
  return value;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The engine's own message quotes the text, line breaks and all; ours is fit for a log.
    throw new SyntaxError("expected JSON, and not nested without end");
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === "string");

function freezeAndCount(value: object, depth: number): number {
  // JSON.parse needs no stack for nesting, what comes after it does.
  if (depth > MAX_DEPTH) throw new SyntaxError(`nested deeper than ${MAX_DEPTH}`);
  const isArray = Array.isArray(value);
  const items: readonly unknown[] = isArray ? value : Object.values(value);
  let members = isArray ? 0 : items.length;
  for (const item of items) {
    if (typeof item === "object" && item !== null) members += freezeAndCount(item, depth + 1);
  }
  Object.freeze(value);
  return members;
}

/** In valid JSON every colon outside a string is one member. */
function countWrittenMembers(text: string): number {
  let members = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === COLON) members++;
    else if (char === QUOTE) at = endOfString(text, at);
  }
  return members;
}

/** Most of a token's text is in strings, so this is worth a loop of its own. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at;
    if (char === BACKSLASH) at++;
  }
  return text.length;
}
