// Owns turning a JWK Set (RFC 7517 §5) into keys ready to verify with, and the choice of which members may be used.
// A member that may not is skipped, never an error: one bad key must not take the good ones down. Fetches nothing.
import { platform } from "#platform";
import { type Algorithm, isAlgorithm, recipeOf } from "./algorithms.ts";
import { isJsonObject, type JsonObject } from "./json.ts";
import type { SignatureCheck } from "./platform/platform.ts";

/** The same object for as long as the set has the same key, over any number of fetches. */
export interface VerifyingKey {
  readonly kid: string;
  readonly alg: Algorithm;
  /** What it was made of; the same text is the same key. */
  readonly material: string;
  readonly check: SignatureCheck;
}

/** Usable keys by `kid`. */
export type KeySet = ReadonlyMap<string, VerifyingKey>;

// A set that says so has published a private or symmetric key: such a key proves nothing any more.
const SECRET_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] as const;

/**
 * Throws TypeError when `document` is not a JWK Set at all. Of two keys with one `kid` the first usable one counts. Keys that
 * were in `previous` already are taken from there.
 */
export function parseKeySet(document: unknown, allowed: ReadonlySet<Algorithm>, previous?: KeySet): KeySet {
  const members = isJsonObject(document) ? document["keys"] : undefined;
  if (!Array.isArray(members)) throw new TypeError('expected a JWK Set: a JSON object with an array "keys"');
  const keys = new Map<string, VerifyingKey>();
  for (const member of members) {
    const key = prepareKey(member, allowed, previous);
    if (key !== undefined && !keys.has(key.kid)) keys.set(key.kid, key);
  }
  return keys;
}

function prepareKey(
  jwk: unknown,
  allowed: ReadonlySet<Algorithm>,
  previous: KeySet | undefined,
): VerifyingKey | undefined {
  if (!isJsonObject(jwk) || !isForVerifying(jwk)) return undefined;
  const { kid, alg } = jwk;
  // RFC 8725 §3.1: a key is used with one algorithm, so it has to name it.
  if (typeof kid !== "string" || kid === "" || !isAlgorithm(alg) || !allowed.has(alg)) return undefined;
  const material = JSON.stringify(jwk);
  const known = previous?.get(kid);
  if (known?.material === material) return known;
  const recipe = recipeOf(alg);
  if (jwk["kty"] !== recipe.kty || ("crv" in recipe && jwk["crv"] !== recipe.crv)) return undefined;
  const check = platform.prepareKey(jwk, recipe);
  return check === undefined ? undefined : { kid, alg, material, check };
}

/** RFC 7517 §4.2, §4.3: `use` and `key_ops`, when they are there, have to say so. */
function isForVerifying(jwk: JsonObject): boolean {
  const { use, key_ops: operations } = jwk;
  if (use !== undefined && use !== "sig") return false;
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes("verify"))) return false;
  return !SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member));
}
