// An RSA and an EC key beside forge.ts's, and good tokens signed by them whose signature is changed afterwards: numbers a
// library would never write.
import { createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import { encode, goodClaims, HEADER } from "./forge.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const RSA_JWK = { ...rsa.publicKey.export({ format: "jwk" }), kid: "rsa-1", alg: "RS256", use: "sig" };
export const EC_JWK = { ...ec.publicKey.export({ format: "jwk" }), kid: "ec-1", alg: "ES256", use: "sig" };
export const rsaPem = createPublicKey(rsa.privateKey).export({ type: "spki", format: "pem" });

/** SEC 2 §2.4.2: how many points P-256 has. */
export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const MODULUS = toNumber(Buffer.from(RSA_JWK.n ?? "", "base64url"));

/** Big-endian. */
export function toNumber(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}
export const toBytes = (number: bigint, length: number): Buffer =>
  Buffer.from(number.toString(16).padStart(length * 2, "0"), "hex");

/** A good payload under this header, yet to be signed. */
export const signedInput = (header: object, claims: object = {}): string =>
  [
    { ...HEADER, ...header },
    { ...goodClaims(), ...claims },
  ]
    .map((one) => encode(JSON.stringify(one)))
    .join(".");

type Change = (signature: Buffer) => Uint8Array;
const same: Change = (signature) => signature;

export function forgeEs256(change = same, dsaEncoding: "ieee-p1363" | "der" = "ieee-p1363"): string {
  const input = signedInput({ alg: "ES256", kid: "ec-1" });
  return `${input}.${encode(change(sign("sha256", Buffer.from(input), { key: ec.privateKey, dsaEncoding })))}`;
}

export function forgeRs256(change = same): string {
  const input = signedInput({ alg: "RS256", kid: "rsa-1" });
  return `${input}.${encode(change(sign("sha256", Buffer.from(input), rsa.privateKey)))}`;
}

/** s + n is the same as s to whoever computes before looking (RFC 8017 §5.2.2). Not for every s is there room for it. */
export function forgeBeyondModulus(): string {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const input = signedInput({ alg: "RS256", kid: "rsa-1" }, { jti: String(attempt) });
    const sum = toNumber(sign("sha256", Buffer.from(input), rsa.privateKey)) + MODULUS;
    if (sum < 2n ** 2048n) return `${input}.${encode(toBytes(sum, 256))}`;
  }
  throw new Error("expected room for s + n in 2048 bits");
}
