/**
 * What a waiting mail says, at rest: AES-256-GCM under a key derived from the session secrets by HKDF-SHA-256
 * (RFC 5869), bound to its row and its recipient, so that no row can be read from a dump or sent to somebody else.
 * Format: `v<version>.<iv>.<ciphertext+tag>`; the first secret seals, all of them open.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import type { VersionedSecrets } from "../secrets.ts";

const CIPHER = "aes-256-gcm";
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const PURPOSE = "keyturn mail";
const SEALED = /^v(\d+)\.([\w-]+)\.([\w-]+)$/;

/** The row a text belongs to. */
interface MailRow {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
}

export interface MailSealer {
  seal(row: MailRow, text: string): string;
  /** Undefined where no secret we have opens it, or somebody changed the row. */
  open(row: MailRow, sealed: string): string | undefined;
}

export function createMailSealer(secrets: VersionedSecrets): MailSealer {
  const keys = new Map(
    secrets.map(({ version, value }) => [
      version,
      Buffer.from(hkdfSync("sha256", value, "", PURPOSE, KEY_BYTES)),
    ]),
  );
  const current = secrets[0].version;
  const currentKey = keys.get(current);
  if (currentKey === undefined) throw new Error("there is always a first secret");

  return {
    seal(row, text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, currentKey, iv, { authTagLength: TAG_BYTES }).setAAD(bound(row));
      const body = Buffer.concat([cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
      return `v${current}.${iv.toString("base64url")}.${body.toString("base64url")}`;
    },
    open(row, sealed) {
      const [, version, iv = "", body = ""] = SEALED.exec(sealed) ?? [];
      const key = keys.get(Number(version));
      return key && decrypt(key, bound(row), Buffer.from(iv, "base64url"), Buffer.from(body, "base64url"));
    },
  };
}

/** As JSON, so that no two rows are written alike. */
const bound = ({ id, kind, recipient }: MailRow): Buffer =>
  Buffer.from(JSON.stringify([id, kind, recipient]));

function decrypt(key: Buffer, row: Buffer, iv: Buffer, body: Buffer): string | undefined {
  try {
    const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES })
      .setAAD(row)
      .setAuthTag(body.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(body.subarray(0, -TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return undefined;
  }
}
