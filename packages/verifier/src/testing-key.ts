// Owns the keys of the test issuer: a pair, its public half as Keyturn publishes it, and signing with the private one.
// Knows nothing of which key is used when; that is testing.ts's matter.
import { createHash, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Algorithm } from "./algorithms.ts";

/** An algorithm Keyturn signs with. @example const algorithms: TestAlgorithm[] = ["EdDSA", "RS256", "ES256"]; */
export type TestAlgorithm = Extract<Algorithm, "EdDSA" | "RS256" | "ES256">;

export interface TestKey {
  /** The RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly publicJwk: object;
  /** A compact JWS (RFC 7515 §3.1). The header says `alg` and `kid` unless it is told otherwise. */
  sign(header: object, claims: object): string;
}

export function makeTestKey(alg: TestAlgorithm): TestKey {
  const { publicKey, privateKey } = generatePair(alg);
  const jwk = publicKey.export({ format: "jwk" });
  const kid = thumbprintOf(jwk);
  return {
    kid,
    publicJwk: { kid, alg, use: "sig", ...jwk },
    sign(header, claims) {
      const input = `${encode({ alg, typ: "JWT", kid, ...header })}.${encode(claims)}`;
      return `${input}.${signatureOf(alg, privateKey, Buffer.from(input)).toString("base64url")}`;
    },
  };
}

function generatePair(alg: TestAlgorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (alg) {
    case "EdDSA":
      return generateKeyPairSync("ed25519");
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
  }
}

function signatureOf(alg: TestAlgorithm, key: KeyObject, input: Buffer): Buffer {
  // RFC 7518 §3.4: R and S side by side, not the DER form. Other keys have no such choice and pass over it.
  return sign(alg === "EdDSA" ? null : "sha256", input, { key, dsaEncoding: "ieee-p1363" });
}

/** RFC 7638 §3: the members of a public JWK that make the key, by name. */
function thumbprintOf(jwk: object): string {
  const members = Object.entries(jwk).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify(Object.fromEntries(members)))
    .digest("base64url");
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
