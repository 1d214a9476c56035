/**
 * Values Better Auth has signed: `<value>.<HMAC-SHA256>`, under any version of `BETTER_AUTH_SECRETS`. Says which hold,
 * and signs with the current version. Where such values travel, and what they mean, is for others to know.
 */
import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";
import type { VersionedSecrets } from "../secrets.ts";

interface OpenedValue {
  readonly value: string;
  /** False when a previous secret has signed it: it is to be signed anew. */
  readonly isCurrent: boolean;
}

export interface ValueSigner {
  /** Percent-encoded as in a cookie or not, base64 or base64url. Undefined when none of our secrets has signed it. */
  open(signed: string): OpenedValue | undefined;
  /** HMAC-SHA256 under the current secret. */
  mac(value: string): Buffer;
  /** As Better Auth signs cookies: `<value>.<base64>`, not yet percent-encoded. */
  sign(value: string): string;
}

/** One HMAC for what is signed by the current secret, at most one for each version for anything else. */
export function createValueSigner([current, ...previous]: VersionedSecrets): ValueSigner {
  const toKey = ({ value }: { value: string }) => createSecretKey(Buffer.from(value));
  const currentKey = toKey(current);
  const keys = [currentKey, ...previous.map(toKey)];
  const mac = (value: string): Buffer => createHmac("sha256", currentKey).update(value).digest();

  return {
    open(text) {
      const signed = text.includes("%") ? decode(text) : text;
      const dot = signed?.lastIndexOf(".") ?? -1;
      if (signed === undefined || dot < 1) return undefined;
      const value = signed.slice(0, dot);
      const given = Buffer.from(signed.slice(dot + 1), "base64");
      const signedBy = keys.find((key) => {
        const expected = createHmac("sha256", key).update(value).digest();
        return given.length === expected.length && timingSafeEqual(given, expected);
      });
      return signedBy === undefined ? undefined : { value, isCurrent: signedBy === currentKey };
    },
    mac,
    sign: (value) => `${value}.${mac(value).toString("base64")}`,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
