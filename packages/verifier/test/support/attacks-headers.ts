// The rows of the attack table that are about the header: algorithms, keys that come along, kid, kinds of token.
import { createHmac } from "node:crypto";
import type { Attack } from "./attack-row.ts";
import { encode, forge, JWK } from "./forge.ts";
import { rsaPem, signedInput } from "./signers.ts";

const withMac = (kid: string, secret: string | Buffer): string => {
  const input = signedInput({ alg: "HS256", kid });
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
};
const unsigned = (header: object): string => `${signedInput(header)}.${encode("x")}`;

export const attacksOnHeaders: readonly Attack[] = [
  // Algorithms
  ["alg none without a signature", `${signedInput({ alg: "none" })}.`, "token_malformed"],
  ["alg none with some signature", unsigned({ alg: "none" }), "algorithm_refused"],
  ["alg nOnE", unsigned({ alg: "nOnE" }), "algorithm_refused"],
  ["HS256 keyed with the RSA public key", withMac("rsa-1", rsaPem), "algorithm_refused"],
  ["HS256 keyed with the JWK", withMac("ed-1", JSON.stringify(JWK)), "algorithm_refused"],
  ["HS256 keyed with nothing", withMac("ed-1", ""), "algorithm_refused"],
  ["an algorithm not on the list", unsigned({ alg: "PS256", kid: "rsa-1" }), "algorithm_refused"],
  ["RS512 over an RS256 key", unsigned({ alg: "RS512", kid: "rsa-1" }), "algorithm_refused"],
  ["ES256K over an ES256 key", unsigned({ alg: "ES256K", kid: "ec-1" }), "algorithm_refused"],
  ["RS256 over an EdDSA key", unsigned({ alg: "RS256" }), "algorithm_refused"],
  ["EdDSA over an RSA key", forge({}, { kid: "rsa-1" }), "algorithm_refused"],
  // RFC 9864 §2.2: another name, though the same signature; RFC 8725 §3.1: a key is for the name it is published with.
  ["Ed25519 over an EdDSA key", forge({}, { alg: "Ed25519" }), "algorithm_refused"],
  ["alg in lower case", forge({}, { alg: "eddsa" }), "algorithm_refused"],
  ["alg with a space after it", forge({}, { alg: "EdDSA " }), "algorithm_refused"],
  ["alg with a line break after it", forge({}, { alg: "EdDSA\n" }), "algorithm_refused"],
  ["alg with a null character after it", forge({}, { alg: "EdDSA\0" }), "algorithm_refused"],
  ["alg as an array", forge({}, { alg: ["EdDSA"] }), "algorithm_refused"],
  ["alg null", forge({}, { alg: null }), "algorithm_refused"],
  ["alg named like an inherited member", forge({}, { alg: "constructor" }), "algorithm_refused"],
  ["no alg", forge({}, { alg: undefined }), "algorithm_refused"],
  // Keys that come with the token
  ["an embedded jwk", forge({}, { jwk: JWK }), "header_refused"],
  ["a jwk that is null", forge({}, { jwk: null }), "header_refused"],
  ["a jku", forge({}, { jku: "https://evil.example/jwks.json" }), "header_refused"],
  ["an x5u", forge({}, { x5u: "https://evil.example/cert.pem" }), "header_refused"],
  ["an x5c", forge({}, { x5c: ["MIIB"] }), "header_refused"],
  ["an unknown critical extension", forge({}, { crit: ["exp"], exp: 1 }), "header_refused"],
  ["an empty crit", forge({}, { crit: [] }), "header_refused"],
  ["crit null", forge({}, { crit: null }), "header_refused"],
  ["crit as a string", forge({}, { crit: "exp" }), "header_refused"],
  ["an unencoded payload by b64", forge({}, { b64: false, crit: ["b64"] }), "header_refused"],
  // kid games
  ["no kid", forge({}, { kid: undefined }), "header_refused"],
  ["an empty kid", forge({}, { kid: "" }), "header_refused"],
  ["a numeric kid", forge({}, { kid: 0 }), "header_refused"],
  ["kid null", forge({}, { kid: null }), "header_refused"],
  ["kid in an array", forge({}, { kid: ["ed-1"] }), "header_refused"],
  ["kid in an object", forge({}, { kid: { kid: "ed-1" } }), "header_refused"],
  ["a kid of 257 characters", forge({}, { kid: "k".repeat(257) }), "header_refused"],
  ["a kid of 10,000 characters", forge({}, { kid: "k".repeat(10_000) }), "header_refused"],
  ["a kid of 256 characters", forge({}, { kid: "k".repeat(256) }), "key_unknown"],
  ["a kid that is a path", forge({}, { kid: "../../../dev/null" }), "key_unknown"],
  ["a kid that is SQL", forge({}, { kid: "ed-1' OR '1'='1" }), "key_unknown"],
  ["a kid named like an inherited member", forge({}, { kid: "__proto__" }), "key_unknown"],
  ["a kid named like an inherited function", forge({}, { kid: "constructor" }), "key_unknown"],
  ["a kid with a space after it", forge({}, { kid: "ed-1 " }), "key_unknown"],
  ["a kid with a null character after it", forge({}, { kid: "ed-1\0" }), "key_unknown"],
  ["a kid in upper case", forge({}, { kid: "ED-1" }), "key_unknown"],
  ["another key's kid", forge({}, { kid: "ec-1", alg: "ES256" }), "signature_invalid"],
  // Kinds of token
  ["no typ", forge({}, { typ: undefined }), "type_refused"],
  ["typ null", forge({}, { typ: null }), "type_refused"],
  ["an empty typ", forge({}, { typ: "" }), "type_refused"],
  ["a typ in an array", forge({}, { typ: ["at+jwt"] }), "type_refused"],
  ["a typ with a space after it", forge({}, { typ: "at+jwt " }), "type_refused"],
  ["a typ with a line break after it", forge({}, { typ: "at+jwt\n" }), "type_refused"],
  ["a typ with a parameter", forge({}, { typ: "at+jwt;x=1" }), "type_refused"],
  ["a typ written out that is not an access token's", forge({}, { typ: "application/jwt" }), "type_refused"],
  ["a logout token by typ", forge({}, { typ: "logout+jwt" }), "type_refused"],
  ["a security event by typ", forge({}, { typ: "secevent+jwt" }), "type_refused"],
  ["a DPoP proof by typ", forge({}, { typ: "dpop+jwt" }), "type_refused"],
  ["an ID token that calls itself JWT", forge({ nonce: "n", at_hash: "h" }, { typ: "JWT" }), "type_refused"],
  ["an ID token of a code, by c_hash", forge({ c_hash: "h" }, { typ: "JWT" }), "type_refused"],
  ["an ID token of a state, by s_hash", forge({ s_hash: "h" }, { typ: "JWT" }), "type_refused"],
  ["an ID token with an empty nonce", forge({ nonce: null }, { typ: "JWT" }), "type_refused"],
  ["a logout token that calls itself JWT", forge({ events: {} }, { typ: "JWT" }), "type_refused"],
];
