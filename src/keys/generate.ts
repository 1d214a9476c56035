/** New key pairs. Slow (RS256 takes a tenth of a second), so made ahead of time where it can be: `spares.ts`. */
import { generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { calculateJwkThumbprint } from "jose";
import type { Algorithm } from "../settings.ts";
import type { PublicJwk } from "./key.ts";

const generate = promisify(generateKeyPair);

export interface GeneratedKey {
  /** RFC 7638 thumbprint of the public half. */
  readonly kid: string;
  readonly alg: Algorithm;
  readonly publicJwk: PublicJwk;
  /** PKCS #8, DER. */
  readonly privateKey: Buffer;
}

export async function generateKey(alg: Algorithm): Promise<GeneratedKey> {
  const { publicKey, privateKey } = await generatePair(alg);
  const { kty, ...members } = publicKey.export({ format: "jwk" });
  const jwk = Object.fromEntries(Object.entries({ kty, ...members }).filter(isText));
  const kid = await calculateJwkThumbprint(jwk, "sha256");
  return {
    kid,
    alg,
    publicJwk: { kid, alg, use: "sig", ...jwk },
    privateKey: privateKey.export({ format: "der", type: "pkcs8" }),
  };
}

function generatePair(alg: Algorithm): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  switch (alg) {
    case "EdDSA":
      return generate("ed25519");
    case "RS256":
      return generate("rsa", { modulusLength: 2048, publicExponent: 65_537 });
    case "ES256":
      return generate("ec", { namedCurve: "P-256" });
  }
}

const isText = (entry: [string, unknown]): entry is [string, string] => typeof entry[1] === "string";
