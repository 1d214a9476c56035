// The attack table: each row is a token a careless verifier has accepted somewhere, and the code it gets here. And its
// counterpart: what looks like an attack and is none. Every runtime runs both: test/attacks.test.ts and test/runtimes.
import type { Attack } from "./attack-row.ts";
import { attacksOnClaims } from "./attacks-claims.ts";
import { attacksOnForms } from "./attacks-forms.ts";
import { attacksOnHeaders } from "./attacks-headers.ts";
import { attacksOnSignatures } from "./attacks-signatures.ts";
import { forge, forgeText, inSeconds, JWK } from "./forge.ts";
import { EC_JWK, forgeEs256, forgeRs256, P256_ORDER, RSA_JWK, toBytes, toNumber } from "./signers.ts";

/** What a verifier of these tokens is given. */
export const jwks = { keys: [JWK, RSA_JWK, EC_JWK] };

export const attacks: readonly Attack[] = [
  ...attacksOnHeaders,
  ...attacksOnForms,
  ...attacksOnSignatures,
  ...attacksOnClaims,
];

/** Of the two numbers that sign alike, s and n - s, the greater. */
const highS = (signature: Buffer): Buffer => {
  const s = toNumber(signature.subarray(32));
  const high = s > P256_ORDER / 2n ? s : P256_ORDER - s;
  return Buffer.concat([signature.subarray(0, 32), toBytes(high, 32)]);
};

/** What it is and the token: user_1's, without a role. */
export const accepted: readonly (readonly [name: string, token: string])[] = [
  // What the rows about signatures start from.
  ["an RS256 signature", forgeRs256()],
  ["an ES256 signature", forgeEs256()],
  // RFC 7518 §3.4 asks for r and s, not for the lower s; a token is no coin, that it must be written in one way only.
  ["an ES256 signature with the high s", forgeEs256(highS)],
  // RFC 7515 §4: a parameter nobody understands is ignored, unless `crit` names it. The payload is read as encoded.
  ["b64 without crit", forge({}, { b64: false })],
  // RFC 7516 §4.1: parameters of encrypted tokens, which mean nothing in a signed one.
  ["zip", forge({}, { zip: "DEF" })],
  ["enc", forge({}, { enc: "A256GCM" })],
  // RFC 7519 §5.2: for nested tokens. A payload that is another token is no JSON.
  ["cty", forge({}, { cty: "JWT" })],
  // RFC 7515 §4.1.7: names a key, and brings none along. What counts is `kid`.
  ["x5t", forge({}, { x5t: "dGh1bWJwcmludA" })],
  // RFC 7519 §2: a NumericDate may have a fraction.
  ["a fractional exp", forge({ exp: inSeconds(300) + 0.5 })],
  // ECMA-262 §21.4.1.1: how long a token lives is the issuer's decision, as long as there is a Date for its end.
  ["exp at the end of all dates", forge({ exp: 8_640_000_000_000 })],
  // With the payload around them they are 32 deep, which is the limit.
  ["31 nested arrays", forgeText(`"a":${"[".repeat(31)}${"]".repeat(31)}`)],
  // A claim like any other: it is nobody's prototype, and gives nobody a role.
  ["roles inside of __proto__", forgeText('"__proto__":{"roles":["admin"]}')],
];
