// Owns turning a JWK Set (RFC 7517 §5) into keys ready to verify with, and the choice of which members may be used.
// A member that may not is skipped, never an error: one bad key must not take the good ones down. Fetches nothing.
import { createPublicKey, type JsonWebKeyInput, type KeyObject } from "node:crypto";
import { type Algorithm, isAlgorithm } from "./algorithms.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import { recipeOf } from "./signature.ts";

export interface VerifyingKey {
  readonly kid: string;
  readonly alg: Algorithm;
  verify(data: Buffer, signature: Buffer): boolean;
}

/** Usable keys by `kid`. */
export type KeySet = ReadonlyMap<string, VerifyingKey>;

const MIN_RSA_BITS = 2048;
// A set that says so has published a private or symmetric key: such a key proves nothing any more.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const;

/** Throws TypeError when `document` is not a JWK Set at all. Of two keys with one `kid` the first usable one counts. */
export function parseKeySet(document: unknown, allowed: ReadonlySet<Algorithm>): KeySet {
  const members = isJsonObject(document) ? document["keys"] : undefined;
  if (!Array.isArray(members)) throw new TypeError('expected a JWK Set: a JSON object with an array "keys"');
  const keys = new Map<string, VerifyingKey>();
  for (const member of members) {
    const key = prepareKey(member, allowed);
    if (key !== undefined && !keys.has(key.kid)) keys.set(key.kid, key);
  }
  return keys;
}

function prepareKey(jwk: unknown, allowed: ReadonlySet<Algorithm>): VerifyingKey | undefined {
  if (!isJsonObject(jwk) || !isForVerifying(jwk)) return undefined;
  const { kid, alg } = jwk;
  // RFC 8725 §3.1: a key is used with one algorithm, so it has to name it.
  if (typeof kid !== "string" || kid === "" || !isAlgorithm(alg) || !allowed.has(alg)) return undefined;
  const recipe = recipeOf(alg);
  if (jwk["kty"] !== recipe.kty || (recipe.crv !== undefined && jwk["crv"] !== recipe.crv)) return undefined;
  const key = importPublicKey(jwk);
  if (key === undefined || (recipe.kty === "RSA" && !isStrongRsa(key))) return undefined;
  return { kid, alg, verify: recipe.prepare(key) };
}

/** RFC 7517 §4.2, §4.3: `use` and `key_ops`, when they are there, have to say so. */
function isForVerifying(jwk: JsonObject): boolean {
  const { use, key_ops: operations } = jwk;
  if (use !== undefined && use !== "sig") return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return false;
  return !SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member));
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
