// JWK Sets with a key that may not be used, and a token signed by that very key, which a verifier that uses it would
// accept. Where a set cannot be without a usable key, forge.ts's is in it too. Every runtime runs it: test/key-set.test.ts
// and test/runtimes.
import {
  constants,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  publicDecrypt,
  randomBytes,
  sign,
} from "node:crypto";
import { good } from "./attack-row.ts";
import { encode, JWK } from "./forge.ts";
import { signedInput, toBytes, toNumber } from "./signers.ts";

export interface KeySetRow {
  readonly name: string;
  readonly keys: readonly unknown[];
  readonly token: string;
  /** A user or a code. */
  readonly outcome: string;
  /** Where it is another one on WebCrypto. */
  readonly onWeb?: string;
}

const ed = generateKeyPairSync("ed25519");
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const weak = generateKeyPairSync("rsa", { modulusLength: 1024 });
const secret = randomBytes(32);

const jwkOf = (key: KeyObject, members: object): Record<string, unknown> => ({
  ...key.export({ format: "jwk" }),
  kid: "bad",
  use: "sig",
  ...members,
});
const ED = jwkOf(ed.publicKey, { alg: "EdDSA" });
const OTHER = jwkOf(generateKeyPairSync("ed25519").publicKey, { alg: "EdDSA" });
const EC = jwkOf(ec.publicKey, { alg: "ES256" });
const RSA = jwkOf(rsa.publicKey, { alg: "RS256" });

const signed = (alg: string, signature: (input: Buffer) => Uint8Array): string => {
  const input = signedInput({ alg, kid: "bad" });
  return `${input}.${encode(signature(Buffer.from(input)))}`;
};
const byEd = signed("EdDSA", (input) => sign(null, input, ed.privateKey));
const byEc = signed("ES256", (input) =>
  sign("sha256", input, { key: ec.privateKey, dsaEncoding: "ieee-p1363" }),
);
const byRsa = signed("RS256", (input) => sign("sha256", input, rsa.privateKey));
const byWeak = signed("RS256", (input) => sign("sha256", input, weak.privateKey));
/** What an exponent of 1 leaves of RS256: the encoded message is its own signature (RFC 8017 §8.2.2). */
const byNobody = signed("RS256", (input) =>
  publicDecrypt(
    { key: rsa.publicKey, padding: constants.RSA_NO_PADDING },
    sign("sha256", input, rsa.privateKey),
  ),
);

const besideY = (): string => encode(toBytes(toNumber(Buffer.from(String(EC["y"]), "base64url")) ^ 1n, 32));
const cutShort = (): string => encode(Buffer.from(String(ED["x"]), "base64url").subarray(0, 31));
const unusable = (name: string, jwk: unknown, token: string, more: object = {}): KeySetRow => ({
  name,
  keys: [jwk, JWK],
  token,
  outcome: "key_unknown",
  ...more,
});

export const keySets: readonly KeySetRow[] = [
  unusable(
    "a symmetric key",
    { kty: "oct", k: encode(secret), kid: "bad", alg: "HS256" },
    signed("HS256", (input) => createHmac("sha256", secret).update(input).digest()),
    { outcome: "algorithm_refused" },
  ),
  unusable(
    "a symmetric key that claims EdDSA",
    { kty: "oct", k: encode(secret), kid: "bad", alg: "EdDSA" },
    byEd,
  ),
  unusable("a private key", jwkOf(ed.privateKey, { alg: "EdDSA" }), byEd),
  unusable("a private RSA key", jwkOf(rsa.privateKey, { alg: "RS256" }), byRsa),
  unusable("an RSA key of 1024 bits", jwkOf(weak.publicKey, { alg: "RS256" }), byWeak),
  unusable("an RSA key with the exponent 1", { ...RSA, e: "AQ" }, byNobody),
  unusable("a key for encryption", { ...ED, use: "enc" }, byEd),
  unusable("a key whose operations are without verify", { ...ED, key_ops: ["sign"] }, byEd),
  unusable("a key without alg", { ...ED, alg: undefined }, byEd),
  unusable("an EC key whose alg is EdDSA", { ...EC, alg: "EdDSA" }, byEc),
  unusable("an EC key whose alg is RS256", { ...EC, alg: "RS256" }, byEc),
  // WebCrypto says no only when the key is imported, which is when it is first needed, and waits.
  unusable("a point beside P-256", { ...EC, y: besideY() }, byEc, { onWeb: "signature_invalid" }),
  unusable("an Ed25519 key of 31 bytes", { ...ED, x: cutShort() }, byEd),
  {
    name: "the first usable key of two with one kid",
    keys: [{ ...ED, use: "enc" }, ED, OTHER],
    token: byEd,
    outcome: "user_1",
  },
  {
    name: "the second usable key of two with one kid",
    keys: [OTHER, ED],
    token: byEd,
    outcome: "signature_invalid",
  },
  ...[null, "key", 0, [JWK], {}].map((member) => ({
    name: `the good key beside ${JSON.stringify(member)?.slice(0, 12)}`,
    keys: [member, JWK],
    token: good,
    outcome: "user_1",
  })),
];
