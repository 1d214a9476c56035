/**
 * Private keys at rest: AES-256-GCM under a versioned key-encryption key, bound to the kid as additional data, so
 * that neither a dump nor a row pasted over another yields a usable key. Format: `v<version>.<iv>.<ciphertext+tag>`.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { VersionedSecrets } from "../secrets.ts";

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v(\d+)\.([\w-]+)\.([\w-]+)$/;

export interface Sealer {
  /** Of the key-encryption key that seals from now on. */
  readonly version: number;
  seal(kid: string, privateKey: Buffer): string;
  /** Why it could not be opened, as far as that can be told without trying. */
  lacks(sealed: string): UnsealError | undefined;
  /** Throws an `UnsealError` that names the version, never the content. */
  unseal(kid: string, sealed: string): Buffer;
  /** Whether `unseal` would succeed. */
  opens(kid: string, sealed: string): boolean;
}

/** `version` is absent where the text is not a sealed key at all. */
export class UnsealError extends Error {
  override readonly name = "UnsealError";
  readonly version: number | undefined;
  constructor(message: string, version?: number) {
    super(message);
    this.version = version;
  }
}

export function createSealer(keyEncryptionKeys: VersionedSecrets): Sealer {
  const keys = new Map(
    keyEncryptionKeys.map(({ version, value }) => [version, Buffer.from(value, "base64")]),
  );
  const [current] = keyEncryptionKeys;
  const currentKey = Buffer.from(current.value, "base64");

  const sealer: Sealer = {
    version: current.version,
    seal(kid, privateKey) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, currentKey, iv, { authTagLength: TAG_BYTES }).setAAD(
        Buffer.from(kid),
      );
      const body = Buffer.concat([cipher.update(privateKey), cipher.final(), cipher.getAuthTag()]);
      return `v${current.version}.${iv.toString("base64url")}.${body.toString("base64url")}`;
    },
    lacks(sealed) {
      const version = sealedUnder(sealed);
      return version === undefined || keys.has(version) ? undefined : missing(version);
    },
    unseal(kid, sealed) {
      const [, version, iv, body] = SEALED.exec(sealed) ?? [];
      if (version === undefined || iv === undefined || body === undefined) {
        throw new UnsealError(`the private half of key ${kid} is damaged`);
      }
      const key = keys.get(Number(version));
      if (key === undefined) throw missing(Number(version));
      try {
        return open(key, kid, Buffer.from(iv, "base64url"), Buffer.from(body, "base64url"));
      } catch {
        throw new UnsealError(
          `key-encryption key version ${version} is not the one that sealed key ${kid}`,
          Number(version),
        );
      }
    },
    opens(kid, sealed) {
      try {
        sealer.unseal(kid, sealed).fill(0);
        return true;
      } catch (error) {
        if (error instanceof UnsealError) return false;
        throw error;
      }
    },
  };
  return sealer;
}

/** Which version of KEY_ENCRYPTION_KEYS opens it; undefined for what is no sealed key. */
export function sealedUnder(sealed: string): number | undefined {
  const [, version] = SEALED.exec(sealed) ?? [];
  return version === undefined ? undefined : Number(version);
}

const missing = (version: number): UnsealError =>
  new UnsealError(`key-encryption key version ${version} is missing`, version);

/** Throws when anything differs: key, kid, iv, ciphertext or tag. */
function open(key: Buffer, kid: string, iv: Buffer, body: Buffer): Buffer {
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(kid)).setAuthTag(body.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]);
}
