// Owns checking signatures by node:crypto: at once on this thread, or on the thread pool when there are many.
import { constants, createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from "node:crypto";
import type { Recipe } from "../algorithms.ts";
import type { JsonObject } from "../json.ts";
import { holdsUpOthers } from "./node-turn.ts";
import { MIN_RSA_BITS, type SignatureCheck } from "./platform.ts";

export function prepareKey(jwk: JsonObject, recipe: Recipe): SignatureCheck | undefined {
  const key = importPublicKey(jwk);
  if (key === undefined || (recipe.kty === "RSA" && !isStrongRsa(key))) return undefined;
  const hash = recipe.kty === "OKP" ? null : `sha${recipe.bits}`;
  const input = inputOf(key, recipe);
  const now = (signed: string, signature: Uint8Array): boolean => {
    try {
      return verify(hash, Buffer.from(signed, "latin1"), input, signature);
    } catch {
      // OpenSSL throws at some signatures of the wrong form instead of saying no.
      return false;
    }
  };
  const later = (signed: string, signature: Uint8Array): Promise<boolean> =>
    new Promise((resolve) => {
      verify(hash, Buffer.from(signed, "latin1"), input, signature, (error, isGenuine) =>
        resolve(error === null && isGenuine),
      );
    });
  return { now, soon: (...args) => (holdsUpOthers() ? later(...args) : now(...args)) };
}

/** The key as it is where it can be: an object around it costs a few microseconds each time. */
function inputOf(key: KeyObject, recipe: Recipe) {
  // RFC 7518 §3.4: R and S side by side, not the DER form.
  if (recipe.kty === "EC") return { key, dsaEncoding: "ieee-p1363" as const };
  if (recipe.kty === "OKP" || !recipe.isPss) return key;
  // RFC 7518 §3.5: the salt is exactly as long as the hash.
  return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };
}

function importPublicKey(jwk: JsonObject): KeyObject | undefined {
  const key: JsonWebKeyInput["key"] = {};
  for (const member of ["kty", "crv", "x", "y", "n", "e"] as const) {
    const value = jwk[member];
    if (typeof value === "string") key[member] = value;
  }
  try {
    return createPublicKey({ key, format: "jwk" });
  } catch {
    return undefined;
  }
}

// RFC 7518 §3.3 for the size; with an exponent of 1 everybody can sign.
function isStrongRsa(key: KeyObject): boolean {
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  return modulusLength >= MIN_RSA_BITS && publicExponent >= 3n;
}
