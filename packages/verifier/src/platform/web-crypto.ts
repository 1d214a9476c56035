// Owns checking signatures by WebCrypto (W3C Web Cryptography API, with Ed25519 by WICG's Secure Curves). It only ever
// answers later; keys are imported when they are first needed.
import type { Recipe } from "../algorithms.ts";
import type { JsonObject } from "../json.ts";
import { MIN_RSA_BITS, type SignatureCheck } from "./platform.ts";
import { decodeBytes } from "./web-bytes.ts";

const encoder = new TextEncoder();
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
  if (recipe.kty === "RSA" ? !isStrongRsa(material) : !hasLengthOf(recipe.crv, material)) return undefined;
  const { forKey, forSignature } = parametersOf(recipe);
  let imported: CryptoKey | undefined;
  return {
    async soon(signed, signature) {
      try {
        // Not shared while it is on its way: on Cloudflare what one request began may not be awaited by another.
        imported ??= await crypto.subtle.importKey("jwk", material, forKey, false, ["verify"]);
        return await crypto.subtle.verify(forSignature, imported, bytesOf(signature), encoder.encode(signed));
      } catch {
        return false;
      }
    },
  };
}

function parametersOf(recipe: Recipe) {
  if (recipe.kty === "OKP") return { forKey: { name: "Ed25519" }, forSignature: { name: "Ed25519" } };
  const hash = `SHA-${recipe.bits}`;
  if (recipe.kty === "EC") {
    return { forKey: { name: "ECDSA", namedCurve: recipe.crv }, forSignature: { name: "ECDSA", hash } };
  }
  const name = recipe.isPss ? "RSA-PSS" : "RSASSA-PKCS1-v1_5";
  // RFC 7518 §3.5: the salt is exactly as long as the hash. The other scheme has none, and passes over it.
  return { forKey: { name, hash }, forSignature: { name, saltLength: recipe.bits / 8 } };
}

/** WebCrypto wants bytes that are certainly not shared with another thread. */
const bytesOf = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes);

/** Bytes of a coordinate (RFC 7518 §6.2.1.2, RFC 8037 §2). */
const LENGTHS = { Ed25519: 32, "P-256": 32, "P-384": 48, "P-521": 66 } as const;

const hasLengthOf = (crv: keyof typeof LENGTHS, { x = "", y = x }: Record<string, string>): boolean =>
  [x, y].every((coordinate) => decodeBytes(coordinate)?.length === LENGTHS[crv]);

// RFC 7518 §3.3 for the size; with an exponent of 1 everybody can sign.
function isStrongRsa({ n = "", e = "" }: Record<string, string>): boolean {
  return bitsOf(n) >= MIN_RSA_BITS && bitsOf(e) >= 2 && e !== "Ag";
}

/** Of an unsigned big-endian number (RFC 7518 §2, Base64urlUInt). */
function bitsOf(text: string): number {
  const bytes = decodeBytes(text) ?? new Uint8Array();
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? 0 : (bytes.length - first) * 8 - Math.clz32(bytes[first] ?? 0) + 24;
}
