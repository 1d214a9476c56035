// Owns what a token's header must say before anything else is looked at (RFC 7515 §4, RFC 8725 §3), and the cache
// that reads the header of each key once: all tokens of one key begin with the same segment. Holds no keys.
import { type Algorithm, isAlgorithm } from "./algorithms.ts";
import { unexpected, VerifierError } from "./errors.ts";
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
const ACCESS_TOKEN_TYPES = /^(?:jwt|(?:application\/)?at\+jwt)$/i;
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
  const refused = REFUSED_MEMBERS.find((member) => Object.hasOwn(header, member));
  if (refused !== undefined) throw new VerifierError("header_refused", `${refused} is refused`);
  const { typ, alg, kid } = header;
  if (typeof typ !== "string" || !ACCESS_TOKEN_TYPES.test(typ)) {
    throw unexpected("type_refused", "typ", '"JWT" or "at+jwt"', typ);
  }
  if (!isAlgorithm(alg) || !allowed.has(alg)) {
    throw unexpected("algorithm_refused", "alg", [...allowed].join(", "), alg);
  }
  if (typeof kid !== "string" || kid === "" || kid.length > MAX_KID_LENGTH) {
    throw unexpected("header_refused", "kid", "a non-empty string", kid);
  }
  return { alg, kid };
}
