/** What an authenticator app shows: TOTP (RFC 6238) with SHA-1, six digits, thirty seconds; and people who have one. */
import { createHmac } from "node:crypto";
import { asBearer, credentials, type Person, postJson } from "./people.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `uri`: `otpauth://totp/…?secret=…`. */
export function totpOf(uri: string, at = Date.now()): string {
  const secret = new URL(uri).searchParams.get("secret") ?? "";
  const bits = secret
    .replace(/=+$/, "")
    .split("")
    .map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0"))
    .join("");
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const offset = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(offset) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, "0");
}

export interface SecondFactor {
  /** For `totpOf`. */
  readonly uri: string;
  readonly backupCodes: readonly string[];
  /** Of the session that goes on; the one it was enabled by is over. */
  readonly bearer: string;
}

export async function enableSecondFactor(url: string, person: Person): Promise<SecondFactor> {
  const { headers } = asBearer(person.bearer);
  const enabled = await postJson(`${url}/api/auth/two-factor/enable`, { password: person.password }, headers);
  const { totpURI: uri, backupCodes } = await enabled.json();
  const verified = await postJson(`${url}/api/auth/two-factor/verify-totp`, { code: totpOf(uri) }, headers);
  if (verified.status !== 200) throw new Error(`expected a second factor, got ${await verified.text()}`);
  return { uri, backupCodes, bearer: credentials(verified).bearer };
}
