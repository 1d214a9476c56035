/** scrypt (RFC 7914) as it is stored elsewhere: the PHC form, Better Auth's own, and Firebase's with its signer key. Pure. */
import { bytesOutside, decode, outside } from "./encoding.ts";
import type { HashReading, ScryptCost } from "./stored-hash.ts";

export function readScrypt(text: string): HashReading | undefined {
  if (!text.startsWith("$scrypt$")) return undefined;
  const [, ln, r, p, salt, key] =
    /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([^$]+)\$([^$]+)$/.exec(text) ?? [];
  if (salt === undefined || key === undefined) {
    return { mistake: "expected scrypt as $scrypt$ln=…,r=…,p=…$salt$hash" };
  }
  const problem =
    costProblem(Number(ln), Number(r), Number(p)) ??
    bytesOutside("the salt", salt, 8, 64) ??
    bytesOutside("the hash", key, 16, 64);
  const [saltBytes, keyBytes] = [decode(salt), decode(key)];
  return problem !== undefined || saltBytes === undefined || keyBytes === undefined
    ? { mistake: problem ?? "expected base64" }
    : {
        hash: { kind: "scrypt", cost: costOf(ln, r, p), salt: saltBytes, key: keyBytes, nfkc: false },
      };
}

/** Better Auth's default: `<salt>:<key>` in hexadecimal; the salt goes in as the text it is. */
export function readHexScrypt(text: string): HashReading | undefined {
  const [, salt, key] = /^([0-9a-f]{32}):([0-9a-f]{128})$/i.exec(text) ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return {
    hash: {
      kind: "scrypt",
      cost: { N: 16_384, r: 16, p: 1 },
      salt: Buffer.from(salt),
      key: Buffer.from(key, "hex"),
      nfkc: true,
    },
  };
}

/**
 * `$fbscrypt$v=1,n=14,r=8,p=1,ss=…,sk=…$salt$hash`: the salt separator and the signer key of the project stand beside
 * the user's own salt, all in base64.
 */
export function readFirebaseScrypt(text: string): HashReading | undefined {
  if (!text.startsWith("$fbscrypt$")) return undefined;
  const [, n, r, p, separator = "", signer = "", salt, key] =
    /^\$fbscrypt\$v=1,n=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3}),ss=([^$,]*),sk=([^$,]+)\$([^$]+)\$([^$]+)$/.exec(
      text,
    ) ?? [];
  if (salt === undefined || key === undefined) {
    return { mistake: "expected Firebase's scrypt as $fbscrypt$v=1,n=…,r=…,p=…,ss=…,sk=…$salt$hash" };
  }
  const problem =
    costProblem(Number(n), Number(r), Number(p)) ??
    (separator === "" ? undefined : bytesOutside("the salt separator", separator, 0, 16)) ??
    bytesOutside("the signer key", signer, 32, 64) ??
    bytesOutside("the salt", salt, 8, 64) ??
    bytesOutside("the hash", key, 32, 64);
  const [saltBytes, signerKey, keyBytes] = [decode(salt), decode(signer), decode(key)];
  if (problem !== undefined || !saltBytes || !signerKey || !keyBytes) {
    return { mistake: problem ?? "expected base64" };
  }
  const salted = Buffer.concat([saltBytes, decode(separator) ?? Buffer.alloc(0)]);
  return {
    hash: { kind: "firebase-scrypt", cost: costOf(n, r, p), salt: salted, signerKey, key: keyBytes },
  };
}

/** 128 × N × r bytes are used at once, N × r × p is the work: 256 MiB and about a second. */
const costProblem = (ln: number, r: number, p: number): string | undefined =>
  outside("ln of scrypt", ln, 10, 20) ??
  outside("r of scrypt", r, 1, 32) ??
  outside("p of scrypt", p, 1, 16) ??
  outside("N × r of scrypt", 2 ** ln * r, 1024, 2_097_152) ??
  outside("N × r × p of scrypt", 2 ** ln * r * p, 1024, 4_194_304);

const costOf = (ln: unknown, r: unknown, p: unknown): ScryptCost => ({
  N: 2 ** Number(ln),
  r: Number(r),
  p: Number(p),
});
