/** A signing key, and tokens of it with the claims that Keyturn writes into a session JWT. */
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { sessionClaims } from "../../src/tokens/claims.ts";
import type { Key } from "../trust/key.ts";
import type { Algorithm } from "../verifiers/verifier.ts";

export interface BenchKey extends Key {
  readonly publicKey: KeyObject;
}

/** What goes over the wire, and what of it the signature is about, for whoever needs nothing else. */
export interface Token {
  readonly text: string;
  readonly data: Buffer;
  readonly signature: Buffer;
}

/** Seconds: longer than any run. */
const LIFETIME = 3_600;

export function makeKey(alg: Algorithm): BenchKey {
  const { privateKey, publicKey } = generatePair(alg);
  const jwk = publicKey.export({ format: "jwk" });
  const own = createHash("sha256").update(JSON.stringify(jwk)).digest("base64url");
  return {
    publicKey,
    jwk: { kid: own, alg, use: "sig", ...jwk },
    token(issuer, kid = own) {
      const input = `${encode({ alg, typ: "JWT", kid })}.${encode(claimsOf(issuer))}`;
      // Only ECDSA has the choice; other keys pass over it.
      const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
      const signature = sign(alg === "EdDSA" ? null : "sha256", Buffer.from(input), key);
      return `${input}.${signature.toString("base64url")}`;
    },
  };
}

/** Never the same twice: each has a `jti` of its own. */
export const makeTokens = (key: Key, issuer: string, count: number): Token[] =>
  Array.from({ length: count }, () => split(key.token(issuer)));

/**
 * The same tokens as strings that nobody has seen: as they come with a request, and unlike one string used again, whose
 * hash the engine knows already.
 */
export const receive = (tokens: readonly Token[]): Token[] =>
  tokens.map(({ text, ...rest }) => ({ ...rest, text: Buffer.from(text, "latin1").toString("latin1") }));

function split(text: string): Token {
  const dot = text.lastIndexOf(".");
  return {
    text,
    data: Buffer.from(text.slice(0, dot)),
    signature: Buffer.from(text.slice(dot + 1), "base64url"),
  };
}

function claimsOf(issuer: string): object {
  const issuedAt = Math.floor(Date.now() / 1000);
  return sessionClaims({
    issuer,
    audience: issuer,
    issuedAt,
    expiresAt: issuedAt + LIFETIME,
    tokenId: randomUUID(),
    session: { id: randomUUID(), impersonatedBy: null },
    user: { id: randomUUID(), email: "ada@example.com", emailVerified: true, name: "Ada Lovelace" },
    roles: ["user", "editor"],
    permissions: ["tasks:read", "tasks:write", "projects:read"],
    organization: undefined,
  });
}

function generatePair(alg: Algorithm): { privateKey: KeyObject; publicKey: KeyObject } {
  switch (alg) {
    case "EdDSA":
      return generateKeyPairSync("ed25519");
    case "RS256":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ES256":
      return generateKeyPairSync("ec", { namedCurve: "P-256" });
  }
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
