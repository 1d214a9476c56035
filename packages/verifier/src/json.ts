// Owns reading one JSON object strictly: no duplicate members at any depth (RFC 8725 §2.4, RFC 7519 §4),
// bounded nesting, and a result nobody can change. Knows nothing of tokens; throws SyntaxError.

/** A JSON object as it came, frozen all the way down. */
export type JsonObject = Readonly<Record<string, unknown>>;

const MAX_DEPTH = 32;
const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

export function parseJsonObject(text: string): JsonObject {
  const { value, isSame } = parse(text);
  if (!isJsonObject(value)) throw new SyntaxError("expected a JSON object");
  const members = freezeAndCount(value, 1);
  // JSON.parse keeps the last of two members with one name, so fewer are left than were written.
  if (!isSame && countWrittenMembers(text) !== members) throw new SyntaxError("duplicate member");
  return value;
}

/**
 * `isSame`: what was read serializes to the very text it was read from, so it has lost no member. True of most
 * issuers' tokens, and cheaper than counting, if it is asked before the value is frozen.
 */
function parse(text: string): { value: unknown; isSame: boolean } {
  try {
    const value: unknown = JSON.parse(text);
    return { value, isSame: JSON.stringify(value) === text };
  } catch {
    // The engine's own message quotes the text, line breaks and all; ours is fit for a log.
    throw new SyntaxError("expected JSON, and not nested without end");
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

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
  let inString = false;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (inString && char === BACKSLASH) at++;
    else if (char === QUOTE) inString = !inString;
    else if (char === COLON && !inString) members++;
  }
  return members;
}
