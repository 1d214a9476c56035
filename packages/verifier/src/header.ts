// Owns what a token's header must say before anything else is looked at (RFC 7515 §4, RFC 8725 §3), and the cache
// that reads the header of each key once: all tokens of one key begin with the same segment. Holds no keys.
import { type Algorithm, isAlgorithm } from "./algorithms.ts";
import { shown, VerifierError } from "./errors.ts";
import type { JsonObject } from "./json.ts";
import { decodeObject } from "./token.ts";

export interface TokenHeader {
  readonly alg: Algorithm;
  readonly kid: string;
}

export interface HeaderReader {
  read(segment: string): TokenHeader;
  /** Call it for a header whose token was genuine only, so that strangers cannot fill the cache. */
  remember(segment: string, header: TokenHeader): void;
}

const MAX_KID_LENGTH = 256;
const MAX_REMEMBERED = 64;
// RFC 9068 §2.1 and RFC 7519 §5.1; media types compare without regard to case (RFC 7515 §4.1.9).
const ACCESS_TOKEN_TYPES: ReadonlySet<string> = new Set(["jwt", "at+jwt", "application/at+jwt"]);
// A key that comes with the token proves nothing (RFC 8725 §3.10); an unknown extension must not be ignored (RFC 7515 §4.1.11).
const REFUSED_MEMBERS = ["crit", "jwk", "jku", "x5u", "x5c"] as const;

export function createHeaderReader(allowed: ReadonlySet<Algorithm>): HeaderReader {
  const remembered = new Map<string, TokenHeader>();
  return {
    read: (segment) => remembered.get(segment) ?? checkHeader(decodeObject(segment, "header"), allowed),
    remember(segment, header) {
      if (remembered.has(segment)) return;
      // Only an issuer that writes a new header into every token gets here; forgetting costs a parse, growing costs memory.
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(segment, header);
    },
  };
}

function checkHeader(header: JsonObject, allowed: ReadonlySet<Algorithm>): TokenHeader {
  for (const member of REFUSED_MEMBERS) {
    if (Object.hasOwn(header, member))
      throw new VerifierError("header_refused", `header: "${member}" is refused`);
  }
  const { typ, alg, kid } = header;
  if (typeof typ !== "string" || !ACCESS_TOKEN_TYPES.has(typ.toLowerCase())) {
    throw new VerifierError("type_refused", `header: expected typ "JWT" or "at+jwt", got ${shown(typ)}`);
  }
  if (!isAlgorithm(alg) || !allowed.has(alg)) {
    const expected = [...allowed].join(", ");
    throw new VerifierError("algorithm_refused", `header: expected alg ${expected}, got ${shown(alg)}`);
  }
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH) {
    throw new VerifierError(
      "header_refused",
      `header: expected kid to be a non-empty string, got ${shown(kid)}`,
    );
  }
  return { alg, kid };
}
