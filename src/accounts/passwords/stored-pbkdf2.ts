/** PBKDF2 (RFC 8018 §5.2) as it is stored elsewhere: the PHC form, passlib's and Django's. Pure. */
import { bytesOutside, decode, outside } from "./encoding.ts";
import type { HashReading } from "./stored-hash.ts";

export function readPbkdf2(text: string): HashReading | undefined {
  if (!/^\$?pbkdf2[-_$]/.test(text)) return undefined;
  const found = phcForm(text) ?? djangoForm(text);
  if (found === undefined) {
    return {
      mistake: "expected PBKDF2 as $pbkdf2-sha256$i=…$salt$hash or pbkdf2_sha256$iterations$salt$hash",
    };
  }
  const { digest, iterations, salt, key } = found;
  const problem =
    outside("the iterations of PBKDF2", iterations, 1_000, 2_000_000) ??
    outside("the salt in bytes", salt.length, 4, 64) ??
    bytesOutside("the hash", key, 16, 64);
  const bytes = decode(key);
  return problem !== undefined || bytes === undefined
    ? { mistake: problem ?? "expected the hash in base64" }
    : { hash: { kind: "pbkdf2", digest, iterations, salt, key: bytes } };
}

interface Found {
  readonly digest: "sha1" | "sha256" | "sha512";
  readonly iterations: number;
  readonly salt: Buffer;
  readonly key: string;
}

/** Passlib leaves `i=` away, and calls SHA-1 by no name. */
function phcForm(text: string): Found | undefined {
  const [, name = "sha1", iterations, salt = "", key] =
    /^\$pbkdf2(?:-(sha1|sha256|sha512))?\$(?:i=)?(\d{1,9})(?:,l=\d{1,3})?\$([^$]+)\$([^$]+)$/.exec(text) ??
    [];
  const bytes = decode(salt);
  if (key === undefined || bytes === undefined) return undefined;
  return { digest: digestOf(name), iterations: Number(iterations), salt: bytes, key };
}

/** The salt is the characters as they stand. */
function djangoForm(text: string): Found | undefined {
  const [, name = "", iterations, salt = "", key] =
    /^pbkdf2_(sha1|sha256|sha512)\$(\d{1,9})\$([^$]+)\$([^$]+)$/.exec(text) ?? [];
  if (key === undefined) return undefined;
  return { digest: digestOf(name), iterations: Number(iterations), salt: Buffer.from(salt), key };
}

const digestOf = (name: string): Found["digest"] => (name === "sha512" || name === "sha256" ? name : "sha1");
