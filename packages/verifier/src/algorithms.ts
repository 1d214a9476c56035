// Owns the names of the signature algorithms this package can check (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2).
// All asymmetric: "none" and HMAC are not names it knows. What each asks of a key is recipes.ts's matter.

/** A signature algorithm by its JOSE name. */
export type Algorithm =
  | "EdDSA"
  | "Ed25519"
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512";

const names: Readonly<Record<Algorithm, true>> = {
  EdDSA: true,
  Ed25519: true,
  RS256: true,
  RS384: true,
  RS512: true,
  PS256: true,
  PS384: true,
  PS512: true,
  ES256: true,
  ES384: true,
  ES512: true,
};

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === "string" && Object.hasOwn(names, name);
}
