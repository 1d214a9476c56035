/**
 * The kinds of password hash Keyturn can check, and the bounds of each: a hash from elsewhere may neither be free to
 * guess nor cost a server its memory. Pure. Checking a password against one is `verify.ts`'s business.
 */
import { bytesOutside, outside } from "./encoding.ts";
import { readPbkdf2 } from "./stored-pbkdf2.ts";
import { readFirebaseScrypt, readHexScrypt, readScrypt } from "./stored-scrypt.ts";

export type StoredHash =
  | { readonly kind: "argon2" }
  | { readonly kind: "bcrypt" }
  | {
      readonly kind: "scrypt";
      readonly cost: ScryptCost;
      readonly salt: Buffer;
      readonly key: Buffer;
      /** Better Auth's own form: the password is normalised first. */
      readonly nfkc: boolean;
    }
  | {
      readonly kind: "firebase-scrypt";
      readonly cost: ScryptCost;
      readonly salt: Buffer;
      readonly signerKey: Buffer;
      readonly key: Buffer;
    }
  | {
      readonly kind: "pbkdf2";
      readonly digest: "sha1" | "sha256" | "sha512";
      readonly iterations: number;
      readonly salt: Buffer;
      readonly key: Buffer;
    };

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** What a text is, or what is wrong with it: a sentence without any of its salt or hash. */
export type HashReading = { readonly hash: StoredHash } | { readonly mistake: string };

/** Longer than any hash of the kinds below. */
const MAX_LENGTH = 1024;

export function readStoredHash(text: string): HashReading {
  if (text.length > MAX_LENGTH) return { mistake: `expected at most ${MAX_LENGTH} characters` };
  for (const read of READERS) {
    const reading = read(text);
    if (reading !== undefined) return reading;
  }
  return { mistake: "expected bcrypt, scrypt, PBKDF2, Argon2i or Argon2id in a form the manual shows" };
}

/** Each answers `undefined` for a text that is not of its kind. */
const READERS: readonly ((text: string) => HashReading | undefined)[] = [
  readArgon2,
  readBcrypt,
  readScrypt,
  readHexScrypt,
  readFirebaseScrypt,
  readPbkdf2,
];

/** RFC 9106 §3.1, in the PHC form; libsodium's and PHP's strongest usual choices are within the bounds. */
function readArgon2(text: string): HashReading | undefined {
  if (!text.startsWith("$argon2")) return undefined;
  const [, version, memory, passes, lanes, salt, key] =
    /^\$argon2id?\$v=(\d+)\$m=(\d{1,8}),t=(\d{1,4}),p=(\d{1,4})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
      text,
    ) ?? [];
  if (salt === undefined || key === undefined) {
    return { mistake: "expected Argon2 as $argon2id$v=19$m=…,t=…,p=…$salt$hash (or argon2i)" };
  }
  const [m, t, p] = [Number(memory), Number(passes), Number(lanes)];
  const problem =
    outside("the version of Argon2", Number(version), 19, 19) ??
    outside("m (KiB) of Argon2", m, 1024, 262_144) ??
    outside("t of Argon2", t, 1, 20) ??
    outside("p of Argon2", p, 1, 16) ??
    outside("m × t of Argon2", m * t, 1024, 1_048_576) ??
    bytesOutside("the salt", salt, 8, 48) ??
    bytesOutside("the hash", key, 16, 64);
  return problem === undefined ? { hash: { kind: "argon2" } } : { mistake: problem };
}

/** `$2x$` marks the hashes of a broken implementation, which no other can check. */
function readBcrypt(text: string): HashReading | undefined {
  if (!text.startsWith("$2")) return undefined;
  const [, cost] = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  if (cost === undefined) return { mistake: "expected bcrypt as $2b$12$… (or 2a, 2y) of 60 characters" };
  const problem = outside("the cost of bcrypt", Number(cost), 4, 14);
  return problem === undefined ? { hash: { kind: "bcrypt" } } : { mistake: problem };
}
