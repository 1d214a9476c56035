// Owns checking signatures by node:crypto: at once on this thread, or on the thread pool when there are many.
import { constants, createPublicKey, type JsonWebKeyInput, type KeyObject, verify } from "node:crypto";
import type { JsonObject } from "../json.ts";
import type { Recipe } from "../recipes.ts";
import { MIN_RSA_BITS, type SignatureCheck } from "./platform.ts";

export function prepareKey(jwk: JsonObject, recipe: Recipe): SignatureCheck | undefined {
  const key = importPublicKey(jwk);
  if (key === undefined || (recipe.kty === "RSA" && !isStrongRsa(key))) return undefined;
  const hash = recipe.scheme === "edwards" ? null : `sha${recipe.bits}`;
  const input = inputOf(key, recipe);
  return {
    now: (data, signature) => verify(hash, data, input, signature),
    later: (data, signature) =>
      new Promise((resolve, reject) => {
        verify(hash, data, input, signature, (error, isGenuine) =>
          error === null ? resolve(isGenuine) : reject(error),
        );
      }),
  };
}

/** The key as it is where it can be: an object around it costs a few microseconds each time. */
function inputOf(key: KeyObject, { scheme }: Recipe) {
  switch (scheme) {
    case "edwards":
    case "rsa":
      return key;
    case "pss":
      // RFC 7518 §3.5: the salt is exactly as long as the hash.
      return {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      };
    case "ecdsa":
      // RFC 7518 §3.4: R and S side by side, not the DER form.
      return { key, dsaEncoding: "ieee-p1363" as const };
  }
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
