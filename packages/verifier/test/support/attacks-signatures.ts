// The rows of the attack table that are about the signature: changed tokens, and numbers out of range.
import { type Attack, good, goodHeader, goodPayload, goodSignature, tampered } from "./attack-row.ts";
import { encode, HEADER } from "./forge.ts";
import { forgeBeyondModulus, forgeEs256, forgeRs256, P256_ORDER, toBytes, toNumber } from "./signers.ts";

const goodBytes = Buffer.from(goodSignature, "base64url");
const resigned = (signature: Uint8Array): string => `${goodHeader}.${goodPayload}.${encode(signature)}`;

/** RFC 8032 §5.1: the order of Ed25519's group. */
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
/** S + L signs as S does, unless S is looked at (RFC 8032 §5.1.7). S is little-endian. */
const malleable = (): Buffer => {
  const sum = toNumber(goodBytes.subarray(32).toReversed()) + L;
  return Buffer.concat([goodBytes.subarray(0, 32), toBytes(sum, 32).reverse()]);
};

const ZERO = Buffer.alloc(32);
const ORDER = toBytes(P256_ORDER, 32);

export const attacksOnSignatures: readonly Attack[] = [
  // Signatures
  ["a tampered payload", tampered, "signature_invalid"],
  [
    "a tampered header",
    `${encode(JSON.stringify({ ...HEADER, typ: "JWT" }))}.${goodPayload}.${goodSignature}`,
    "signature_invalid",
  ],
  ["a truncated signature", good.slice(0, -6), "signature_invalid"],
  ["a signature of zeros", resigned(Buffer.alloc(64)), "signature_invalid"],
  ["a signature of one byte", resigned(Buffer.alloc(1)), "signature_invalid"],
  ["an EdDSA signature with S + L", resigned(malleable()), "signature_invalid"],
  [
    "an EdDSA signature of 65 bytes",
    resigned(Buffer.concat([goodBytes, Buffer.alloc(1)])),
    "signature_invalid",
  ],
  ["an ES256 signature of zeros", forgeEs256(() => Buffer.alloc(64)), "signature_invalid"],
  ["an ES256 signature with r = s = n", forgeEs256(() => Buffer.concat([ORDER, ORDER])), "signature_invalid"],
  [
    "an ES256 signature with r = 0",
    forgeEs256((bytes) => Buffer.concat([ZERO, bytes.subarray(32)])),
    "signature_invalid",
  ],
  [
    "an ES256 signature with s = 0",
    forgeEs256((bytes) => Buffer.concat([bytes.subarray(0, 32), ZERO])),
    "signature_invalid",
  ],
  ["an ES256 signature of 63 bytes", forgeEs256((bytes) => bytes.subarray(0, 63)), "signature_invalid"],
  [
    "an ES256 signature of 66 bytes, each number after a zero",
    forgeEs256((bytes) => {
      const zero = Buffer.alloc(1);
      return Buffer.concat([zero, bytes.subarray(0, 32), zero, bytes.subarray(32)]);
    }),
    "signature_invalid",
  ],
  ["an ES256 signature in DER", forgeEs256((bytes) => bytes, "der"), "signature_invalid"],
  ["an RS256 signature of zeros", forgeRs256(() => Buffer.alloc(256)), "signature_invalid"],
  ["an RS256 signature of ones", forgeRs256(() => Buffer.alloc(256, 0xff)), "signature_invalid"],
  [
    "an RS256 signature after a zero",
    forgeRs256((bytes) => Buffer.concat([Buffer.alloc(1), bytes])),
    "signature_invalid",
  ],
  ["an RS256 signature with s + n", forgeBeyondModulus(), "signature_invalid"],
];
