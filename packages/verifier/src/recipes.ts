// Owns what each algorithm asks of a key and of a signature (RFC 7518 §3, RFC 8037 §3.1), as data. How a signature is
// checked by it is the platform's matter.
import type { Algorithm } from "./algorithms.ts";

export type Recipe =
  | { readonly scheme: "edwards"; readonly kty: "OKP"; readonly crv: "Ed25519" }
  | { readonly scheme: "rsa" | "pss"; readonly kty: "RSA"; readonly bits: 256 | 384 | 512 }
  | {
      readonly scheme: "ecdsa";
      readonly kty: "EC";
      /** RFC 7518 §3.4: the algorithm fixes the curve. */
      readonly crv: "P-256" | "P-384" | "P-521";
      readonly bits: 256 | 384 | 512;
    };

const edwards: Recipe = { scheme: "edwards", kty: "OKP", crv: "Ed25519" };

const recipes: Readonly<Record<Algorithm, Recipe>> = {
  EdDSA: edwards,
  Ed25519: edwards,
  RS256: { scheme: "rsa", kty: "RSA", bits: 256 },
  RS384: { scheme: "rsa", kty: "RSA", bits: 384 },
  RS512: { scheme: "rsa", kty: "RSA", bits: 512 },
  PS256: { scheme: "pss", kty: "RSA", bits: 256 },
  PS384: { scheme: "pss", kty: "RSA", bits: 384 },
  PS512: { scheme: "pss", kty: "RSA", bits: 512 },
  ES256: { scheme: "ecdsa", kty: "EC", crv: "P-256", bits: 256 },
  ES384: { scheme: "ecdsa", kty: "EC", crv: "P-384", bits: 384 },
  ES512: { scheme: "ecdsa", kty: "EC", crv: "P-521", bits: 512 },
};

export function recipeOf(algorithm: Algorithm): Recipe {
  return recipes[algorithm];
}
