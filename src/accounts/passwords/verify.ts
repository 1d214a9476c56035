/** Whether a password is the one of a stored hash, whatever its kind. Compared in constant time. */
import {
  createCipheriv,
  pbkdf2 as pbkdf2Callback,
  scrypt as scryptCallback,
  timingSafeEqual,
} from "node:crypto";
import { promisify } from "node:util";
import { verify as verifyArgon2 } from "@node-rs/argon2";
import type { BcryptThread } from "./bcrypt.ts";
import type { ScryptCost, StoredHash } from "./stored-hash.ts";

const pbkdf2 = promisify(pbkdf2Callback);

export interface Attempt {
  readonly password: string;
  readonly stored: string;
}

/** `hash` is what `readStoredHash` made of `stored`. */
export async function verifyHash(
  hash: StoredHash,
  { password, stored }: Attempt,
  bcrypt: BcryptThread,
): Promise<boolean> {
  switch (hash.kind) {
    case "argon2":
      return verifyArgon2(stored, password);
    case "bcrypt":
      return bcrypt.verify({ password, stored });
    case "pbkdf2":
      return same(hash.key, await pbkdf2(password, hash.salt, hash.iterations, hash.key.length, hash.digest));
    case "scrypt":
      return same(
        hash.key,
        await scrypt(
          hash.nfkc ? password.normalize("NFKC") : password,
          hash.salt,
          hash.key.length,
          hash.cost,
        ),
      );
    case "firebase-scrypt":
      return same(hash.key, await firebaseScrypt(password, hash));
  }
}

const same = (one: Buffer, other: Buffer): boolean =>
  one.length === other.length && timingSafeEqual(one, other);

function scrypt(password: string, salt: Buffer, length: number, { N, r, p }: ScryptCost): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  // Node counts a little more than the 128 × N × r of RFC 7914 §2.
  scryptCallback(password, salt, length, { N, r, p, maxmem: 256 * N * r + 1024 * r * p }, (error, key) =>
    error === null ? resolve(key) : reject(error),
  );
  return promise;
}

/** Firebase's hash is not the key: it is the signer key of the project, encrypted with it (AES-256-CTR from zero). */
async function firebaseScrypt(
  password: string,
  { salt, cost, signerKey }: Extract<StoredHash, { kind: "firebase-scrypt" }>,
): Promise<Buffer> {
  const cipher = createCipheriv("aes-256-ctr", await scrypt(password, salt, 32, cost), Buffer.alloc(16));
  return Buffer.concat([cipher.update(signerKey), cipher.final()]);
}
