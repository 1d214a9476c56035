/** Signing keys and the tokens they sign: RS256, which every library can verify, and none slowly. */
import { generateKeyPairSync, randomUUID, sign } from "node:crypto";

export interface Key {
  /** The public half, as the set has it. */
  readonly jwk: object;
  /** Signed now, as Keyturn signs session tokens. With another `kid` it is well-formed but good for nobody. */
  token(issuer: string, kid?: string): string;
}

/** Seconds, `TOKEN_TTL` by default. */
const LIFETIME = 300;

export function makeKey(): Key {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const own = randomUUID();
  return {
    jwk: { ...publicKey.export({ format: "jwk" }), kid: own, alg: "RS256", use: "sig" },
    token(issuer, kid = own) {
      const iat = Math.floor(Date.now() / 1000);
      const claims = { iss: issuer, sub: "user_1", aud: issuer, iat, exp: iat + LIFETIME };
      const signed = `${encode({ alg: "RS256", typ: "JWT", kid })}.${encode(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), privateKey);
      return `${signed}.${signature.toString("base64url")}`;
    },
  };
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
