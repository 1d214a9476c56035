// The attack table: each row is a token a careless verifier has accepted somewhere, and the code it gets here. Every runtime
// runs it: test/attacks.test.ts and test/runtimes.
import { createHmac, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import {
  AUDIENCE,
  encode,
  forge,
  forgeMember,
  forgeText,
  goodClaims,
  HEADER,
  ISSUER,
  inSeconds,
  JWK,
  signRaw,
  signSegments,
} from "./forge.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const RSA_JWK = { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa-1", alg: "RS256", use: "sig" };
const EC_JWK = { ...ec.publicKey.export({ format: "jwk" }), kid: "ec-1", alg: "ES256", use: "sig" };
/** What a verifier of these tokens is given. */
export const jwks = { keys: [JWK, RSA_JWK, EC_JWK] };

const payload = JSON.stringify(goodClaims());
const signedInput = (header: object): string => `${encode(JSON.stringify(header))}.${encode(payload)}`;
const withMac = (header: object, secret: string | Buffer): string => {
  const input = signedInput(header);
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
};
/** The token each row starts from. */
export const good = forge();
const [goodHeader = "", goodPayload = "", goodSignature = ""] = good.split(".");
export const tampered = `${goodHeader}.${encode(payload.replace("user_1", "user_2"))}.${goodSignature}`;
const flip = (segment: string, from: string, to: string): string =>
  segment.slice(0, -1) + segment.slice(-1).replace(from, to);
const rsaPem = createPublicKey(rsa.privateKey).export({ type: "spki", format: "pem" });
const unsigned = (header: object): string => `${signedInput(header)}.${encode("x")}`;

/** What it is, the token, and the code of its refusal. */
export const attacks: readonly (readonly [string, string, string])[] = [
  // Algorithms
  ["alg none without a signature", `${signedInput({ ...HEADER, alg: "none" })}.`, "token_malformed"],
  ["alg none with some signature", unsigned({ ...HEADER, alg: "none" }), "algorithm_refused"],
  ["alg nOnE", unsigned({ ...HEADER, alg: "nOnE" }), "algorithm_refused"],
  [
    "HS256 keyed with the RSA public key",
    withMac({ alg: "HS256", typ: "JWT", kid: "rsa-1" }, rsaPem),
    "algorithm_refused",
  ],
  [
    "HS256 keyed with the JWK",
    withMac({ alg: "HS256", typ: "JWT", kid: "ed-1" }, JSON.stringify(JWK)),
    "algorithm_refused",
  ],
  ["an algorithm not on the list", unsigned({ ...HEADER, alg: "PS256", kid: "rsa-1" }), "algorithm_refused"],
  ["RS256 over an EdDSA key", unsigned({ ...HEADER, alg: "RS256" }), "algorithm_refused"],
  ["EdDSA over an RSA key", forge({}, { kid: "rsa-1" }), "algorithm_refused"],
  ["alg in lower case", forge({}, { alg: "eddsa" }), "algorithm_refused"],
  ["alg as an array", forge({}, { alg: ["EdDSA"] }), "algorithm_refused"],
  ["alg named like an inherited member", forge({}, { alg: "constructor" }), "algorithm_refused"],
  ["no alg", forge({}, { alg: undefined }), "algorithm_refused"],
  // Keys that come with the token
  ["an embedded jwk", forge({}, { jwk: JWK }), "header_refused"],
  ["a jku", forge({}, { jku: "https://evil.example/jwks.json" }), "header_refused"],
  ["an x5u", forge({}, { x5u: "https://evil.example/cert.pem" }), "header_refused"],
  ["an x5c", forge({}, { x5c: ["MIIB"] }), "header_refused"],
  ["an unknown critical extension", forge({}, { crit: ["exp"], exp: 1 }), "header_refused"],
  ["an empty crit", forge({}, { crit: [] }), "header_refused"],
  ["an unencoded payload by b64", forge({}, { b64: false, crit: ["b64"] }), "header_refused"],
  // kid games
  ["no kid", forge({}, { kid: undefined }), "header_refused"],
  ["an empty kid", forge({}, { kid: "" }), "header_refused"],
  ["a numeric kid", forge({}, { kid: 0 }), "header_refused"],
  ["a kid of 10,000 characters", forge({}, { kid: "k".repeat(10_000) }), "header_refused"],
  ["a kid that is a path", forge({}, { kid: "../../../dev/null" }), "key_unknown"],
  ["a kid that is SQL", forge({}, { kid: "ed-1' OR '1'='1" }), "key_unknown"],
  ["a kid named like an inherited member", forge({}, { kid: "__proto__" }), "key_unknown"],
  ["another key's kid", forge({}, { kid: "ec-1", alg: "ES256" }), "signature_invalid"],
  // Kinds of token
  ["no typ", forge({}, { typ: undefined }), "type_refused"],
  ["a logout token by typ", forge({}, { typ: "logout+jwt" }), "type_refused"],
  ["a security event by typ", forge({}, { typ: "secevent+jwt" }), "type_refused"],
  ["a DPoP proof by typ", forge({}, { typ: "dpop+jwt" }), "type_refused"],
  ["a typ in an array", forge({}, { typ: ["at+jwt"] }), "type_refused"],
  ["an ID token that calls itself JWT", forge({ nonce: "n", at_hash: "h" }, { typ: "JWT" }), "type_refused"],
  ["a logout token that calls itself JWT", forge({ events: {} }, { typ: "JWT" }), "type_refused"],
  // Form and encoding
  ["an empty string", "", "token_malformed"],
  ["two segments", `${goodHeader}.${goodPayload}`, "token_malformed"],
  ["four segments", `${good}.AAAA`, "token_malformed"],
  ["five segments, as an encrypted token has", `${good}.AAAA.AAAA`, "token_malformed"],
  ["an empty header", `.${goodPayload}.${goodSignature}`, "token_malformed"],
  ["an empty payload", `${goodHeader}..${goodSignature}`, "token_malformed"],
  ["a truncated signature", good.slice(0, -6), "signature_invalid"],
  ["a truncated payload", `${goodHeader}.${goodPayload.slice(0, -8)}.${goodSignature}`, "token_malformed"],
  ["padding", `${good}=`, "token_malformed"],
  ["the alphabet of plain base64", good.replace(/[-_]|.$/, "+"), "token_malformed"],
  ["a line break at the end", `${good}\n`, "token_malformed"],
  ["a space in front", ` ${good}`, "token_malformed"],
  ["a null character", good.replace(".", "\0."), "token_malformed"],
  ["a full-width character", good.replace("e", "ｅ"), "token_malformed"],
  [
    "pad bits set in the signature",
    `${goodHeader}.${goodPayload}.${flip(goodSignature, /[AQgw]$/.exec(goodSignature)?.[0] ?? "", "B")}`,
    "token_malformed",
  ],
  [
    "pad bits set in a signed header",
    signSegments(
      encode(`${JSON.stringify(HEADER)}${" ".repeat((4 - (JSON.stringify(HEADER).length % 3)) % 3)}`).replace(
        /.$/,
        "B",
      ),
      goodPayload,
    ),
    "token_malformed",
  ],
  [
    "a segment of an impossible length",
    signSegments(`${goodHeader}A`.slice(0, Math.floor(goodHeader.length / 4) * 4 + 1), goodPayload),
    "token_malformed",
  ],
  [
    "a byte that is not UTF-8",
    signRaw(
      JSON.stringify(HEADER),
      Buffer.concat([Buffer.from(payload.slice(0, -1)), Buffer.from(',"n":"\xff"}', "latin1")]),
    ),
    "token_malformed",
  ],
  [
    "an overlong UTF-8 sequence",
    signRaw(
      JSON.stringify(HEADER),
      Buffer.concat([Buffer.from(payload.slice(0, -1)), Buffer.from(',"n":"\xc0\xaf"}', "latin1")]),
    ),
    "token_malformed",
  ],
  ["a byte order mark", signRaw(`\ufeff${JSON.stringify(HEADER)}`, payload), "token_malformed"],
  ["17 KB", forge({ filler: "x".repeat(17_000) }), "token_too_large"],
  ["10 MB", "a".repeat(10_000_000), "token_too_large"],
  ["10 MB of dots", ".".repeat(10_000_000), "token_too_large"],
  // JSON
  ["a header that is an array", signRaw(JSON.stringify([HEADER]), payload), "token_malformed"],
  ["a header that is null", signRaw("null", payload), "token_malformed"],
  ["a payload that is a string", signRaw(JSON.stringify(HEADER), '"user_1"'), "token_malformed"],
  ["a payload that is not JSON", signRaw(JSON.stringify(HEADER), "sub=user_1"), "token_malformed"],
  ["JSON followed by more", signRaw(JSON.stringify(HEADER), `${payload}{}`), "token_malformed"],
  [
    "a duplicate alg",
    signRaw(`{"alg":"none",${JSON.stringify(HEADER).slice(1)}`, payload),
    "token_malformed",
  ],
  [
    "a duplicate kid, escaped once",
    signRaw(`{"k\\u0069d":"x",${JSON.stringify(HEADER).slice(1)}`, payload),
    "token_malformed",
  ],
  ["a duplicate sub", forgeText('"sub":"admin"'), "token_malformed"],
  ["a duplicate sub with spaces", forgeText(' "sub" : "admin" '), "token_malformed"],
  ["a duplicate sub, escaped once", forgeText('"s\\u0075b":"admin"'), "token_malformed"],
  ["a duplicate deep inside", forgeText('"a":[{"b":{"c":1,"c":2}}]'), "token_malformed"],
  ["a duplicate __proto__", forgeText('"__proto__":1,"__proto__":2'), "token_malformed"],
  ["a thousand nested arrays", forgeText(`"a":${"[".repeat(1000)}${"]".repeat(1000)}`), "token_malformed"],
  ["five thousand open brackets", signRaw(JSON.stringify(HEADER), "[".repeat(5000)), "token_malformed"],
  // Signatures
  ["a tampered payload", tampered, "signature_invalid"],
  [
    "a tampered header",
    `${encode(JSON.stringify({ ...HEADER, typ: "JWT" }))}.${goodPayload}.${goodSignature}`,
    "signature_invalid",
  ],
  ["a signature of zeros", `${goodHeader}.${goodPayload}.${encode(Buffer.alloc(64))}`, "signature_invalid"],
  ["a signature of one byte", `${goodHeader}.${goodPayload}.AA`, "signature_invalid"],
  [
    "an ES256 signature of zeros",
    `${signedInput({ ...HEADER, alg: "ES256", kid: "ec-1" })}.${encode(Buffer.alloc(64))}`,
    "signature_invalid",
  ],
  ["an ES256 signature in DER", derSigned(), "signature_invalid"],
  [
    "an RS256 signature of zeros",
    `${signedInput({ ...HEADER, alg: "RS256", kid: "rsa-1" })}.${encode(Buffer.alloc(256))}`,
    "signature_invalid",
  ],
  // Numbers
  ["no exp", forge({ exp: undefined }), "claim_invalid"],
  ["exp in the past", forge({ exp: inSeconds(-6) }), "token_expired"],
  ["exp as a string", forge({ exp: "9999999999" }), "claim_invalid"],
  ["exp null", forge({ exp: null }), "claim_invalid"],
  ["exp true", forge({ exp: true }), "claim_invalid"],
  ["exp in an array", forge({ exp: [inSeconds(300)] }), "claim_invalid"],
  ["exp beyond all numbers", forgeMember("exp", "1e999"), "claim_invalid"],
  ["exp beyond all dates", forgeMember("exp", "1e300"), "claim_invalid"],
  ["exp below zero", forgeMember("exp", "-1e999"), "claim_invalid"],
  ["exp NaN", forgeMember("exp", "NaN"), "token_malformed"],
  ["nbf in the future", forge({ nbf: inSeconds(60) }), "token_not_active"],
  ["nbf as a string", forge({ nbf: "0" }), "claim_invalid"],
  ["iat in the future", forge({ iat: inSeconds(60) }), "token_not_active"],
  ["iat in milliseconds", forge({ iat: Date.now() }), "token_not_active"],
  ["iat as a string", forge({ iat: "now" }), "claim_invalid"],
  // Claims
  ["no sub", forge({ sub: undefined }), "claim_invalid"],
  ["an empty sub", forge({ sub: "" }), "claim_invalid"],
  ["a numeric sub", forge({ sub: 1 }), "claim_invalid"],
  ["no iss", forge({ iss: undefined }), "issuer_refused"],
  ["another issuer", forge({ iss: "https://evil.example" }), "issuer_refused"],
  ["the issuer with a slash", forge({ iss: `${ISSUER}/` }), "issuer_refused"],
  ["the issuer in upper case", forge({ iss: ISSUER.toUpperCase() }), "issuer_refused"],
  ["the issuer in an array", forge({ iss: [ISSUER] }), "issuer_refused"],
  ["no aud", forge({ aud: undefined }), "audience_refused"],
  ["another audience", forge({ aud: "https://other.example" }), "audience_refused"],
  ["several other audiences", forge({ aud: ["a", "b"] }), "audience_refused"],
  ["no audience in an array", forge({ aud: [] }), "audience_refused"],
  ["an audience that begins alike", forge({ aud: `${AUDIENCE}.evil.example` }), "audience_refused"],
  ["an audience among numbers", forge({ aud: [AUDIENCE, 1] }), "claim_invalid"],
  ["an audience in an object", forge({ aud: { 0: AUDIENCE } }), "claim_invalid"],
  ["roles as a string", forge({ roles: "admin" }), "claim_invalid"],
  ["permissions with a number", forge({ permissions: ["tasks:read", 1] }), "claim_invalid"],
  ["scope as an array", forge({ scope: ["tasks"] }), "claim_invalid"],
  ["a numeric sid", forge({ sid: 7 }), "claim_invalid"],
];

function derSigned(): string {
  const input = signedInput({ ...HEADER, alg: "ES256", kid: "ec-1" });
  return `${input}.${sign("sha256", Buffer.from(input), ec.privateKey).toString("base64url")}`;
}
