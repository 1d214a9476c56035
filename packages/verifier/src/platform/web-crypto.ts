// Owns checking signatures by WebCrypto (W3C Web Cryptography API, with Ed25519 by WICG's Secure Curves). It only ever
// answers later; keys are imported when they are first needed.
import type { JsonObject } from "../json.ts";
import type { Recipe } from "../recipes.ts";
import { MIN_RSA_BITS, type SignatureCheck } from "./platform.ts";
import { decodeBase64url } from "./web-bytes.ts";

const MEMBERS = {
  OKP: ["kty", "crv", "x"],
  RSA: ["kty", "n", "e"],
  EC: ["kty", "crv", "x", "y"],
} as const;

export function prepareKey(jwk: JsonObject, recipe: Recipe): SignatureCheck | undefined {
  const material: Record<string, string> = {};
  for (const member of MEMBERS[recipe.kty]) {
    const value = jwk[member];
    if (typeof value !== "string" || value === "") return undefined;
    material[member] = value;
  }
  if (recipe.kty === "RSA" && !isStrongRsa(material)) return undefined;
  const { forKey, forSignature } = parametersOf(recipe);
  let importing: Promise<CryptoKey> | undefined;
  return {
    now: undefined,
    async later(data, signature) {
      importing ??= crypto.subtle.importKey("jwk", material, forKey, false, ["verify"]);
      return crypto.subtle.verify(forSignature, await importing, bytesOf(signature), bytesOf(data));
    },
  };
}

function parametersOf(recipe: Recipe) {
  if (recipe.scheme === "edwards") return { forKey: { name: "Ed25519" }, forSignature: { name: "Ed25519" } };
  const hash = `SHA-${recipe.bits}`;
  switch (recipe.scheme) {
    case "rsa":
      return { forKey: { name: "RSASSA-PKCS1-v1_5", hash }, forSignature: { name: "RSASSA-PKCS1-v1_5" } };
    case "pss":
      // RFC 7518 §3.5: the salt is exactly as long as the hash.
      return {
        forKey: { name: "RSA-PSS", hash },
        forSignature: { name: "RSA-PSS", saltLength: recipe.bits / 8 },
      };
    case "ecdsa":
      return {
        forKey: { name: "ECDSA", namedCurve: recipe.crv },
        forSignature: { name: "ECDSA", hash },
      };
  }
}

/** WebCrypto wants bytes that are certainly not shared with another thread. */
const bytesOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

// RFC 7518 §3.3 for the size; with an exponent of 1 everybody can sign.
function isStrongRsa({ n = "", e = "" }: Record<string, string>): boolean {
  try {
    return bitsOf(decodeBase64url(n)) >= MIN_RSA_BITS && bitsOf(decodeBase64url(e)) >= 2 && e !== "Ag";
  } catch {
    return false;
  }
}

/** Of an unsigned big-endian number. */
function bitsOf(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}
