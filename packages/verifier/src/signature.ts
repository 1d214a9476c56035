// Owns checking a signature with each algorithm by node:crypto, and what a key must be to serve it. The only file that
// says how; algorithms.ts says which there are, key-set.ts which keys may be used.
import { constants, type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";
import type { Algorithm } from "./algorithms.ts";

type SignatureCheck = (data: Buffer, signature: Buffer) => boolean;

interface Recipe {
  readonly kty: "OKP" | "RSA" | "EC";
  /** RFC 7518 §3.4 and RFC 8037 §2: the algorithm fixes the curve. */
  readonly crv?: string;
  prepare(key: KeyObject): SignatureCheck;
}

const edwards: Recipe = {
  kty: "OKP",
  crv: "Ed25519",
  prepare: (key) => (data, signature) => verify(null, data, key, signature),
};

const rsa = (hash: string): Recipe => ({
  kty: "RSA",
  prepare: (key) => (data, signature) => verify(hash, data, key, signature),
});

// RFC 7518 §3.5: the salt is exactly as long as the hash.
const pss = (hash: string): Recipe => ({
  kty: "RSA",
  prepare: (key) =>
    checkWith(hash, {
      key,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
});

// RFC 7518 §3.4: R and S side by side, not the DER form.
const ecdsa = (hash: string, crv: string): Recipe => ({
  kty: "EC",
  crv,
  prepare: (key) => checkWith(hash, { key, dsaEncoding: "ieee-p1363" }),
});

const recipes: Readonly<Record<Algorithm, Recipe>> = {
  EdDSA: edwards,
  Ed25519: edwards,
  RS256: rsa("sha256"),
  RS384: rsa("sha384"),
  RS512: rsa("sha512"),
  PS256: pss("sha256"),
  PS384: pss("sha384"),
  PS512: pss("sha512"),
  ES256: ecdsa("sha256", "P-256"),
  ES384: ecdsa("sha384", "P-384"),
  ES512: ecdsa("sha512", "P-521"),
};

export function recipeOf(algorithm: Algorithm): Recipe {
  return recipes[algorithm];
}

function checkWith(hash: string, input: VerifyKeyObjectInput): SignatureCheck {
  return (data, signature) => verify(hash, data, input, signature);
}
