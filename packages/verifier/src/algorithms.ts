// Owns the signature algorithms this package can check, by name (RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2), and what
// each asks of a key. All asymmetric: "none" and HMAC are not names it knows. How a signature is checked is the
// platform's matter.

type Bits = 256 | 384 | 512;

/** A signature algorithm by its JOSE name. @example const algorithms: Algorithm[] = ["EdDSA", "ES384"]; */
export type Algorithm = "EdDSA" | "Ed25519" | `${"RS" | "PS" | "ES"}${Bits}`;

/** `bits` are the hash's. */
export type Recipe =
  | { readonly kty: "OKP"; readonly crv: "Ed25519" }
  | { readonly kty: "RSA"; readonly bits: Bits; readonly isPss: boolean }
  /** RFC 7518 §3.4: the algorithm fixes the curve. */
  | { readonly kty: "EC"; readonly bits: Bits; readonly crv: "P-256" | "P-384" | "P-521" };

const CURVES = { 256: "P-256", 384: "P-384", 512: "P-521" } as const;

export const isAlgorithm = (name: unknown): name is Algorithm =>
  typeof name === "string" && /^(?:EdDSA|Ed25519|[RPE]S(?:256|384|512))$/.test(name);

export function recipeOf(algorithm: Algorithm): Recipe {
  if (algorithm === "EdDSA" || algorithm === "Ed25519") return { kty: "OKP", crv: "Ed25519" };
  // The type says that nothing else can be left.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const bits = Number(algorithm.slice(2)) as Bits;
  if (algorithm.startsWith("E")) return { kty: "EC", bits, crv: CURVES[bits] };
  return { kty: "RSA", bits, isPss: algorithm.startsWith("P") };
}
