// Tokens no library would make: every byte of header and payload by hand, signed by a genuine key all the same,
// so that what a test shows is the strictness of the check and not a broken signature.
import { generateKeyPairSync, sign } from "node:crypto";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");

export const ISSUER = "https://auth.example.com";
export const AUDIENCE = "https://api.example.com";
export const JWK = { ...publicKey.export({ format: "jwk" }), kid: "ed-1", alg: "EdDSA", use: "sig" };
export const HEADER = { alg: "EdDSA", typ: "at+jwt", kid: "ed-1" };

export const encode = (bytes: string | Uint8Array): string => Buffer.from(bytes).toString("base64url");
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

export const goodClaims = (): Record<string, unknown> => ({
  iss: ISSUER,
  aud: AUDIENCE,
  sub: "user_1",
  iat: inSeconds(0),
  exp: inSeconds(300),
});

/** Signs two segments exactly as given. */
export function signSegments(header: string, payload: string): string {
  const signed = `${header}.${payload}`;
  return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString("base64url")}`;
}

export const signRaw = (header: string | Uint8Array, payload: string | Uint8Array): string =>
  signSegments(encode(header), encode(payload));

/** A good token but for these members; `undefined` leaves one out. */
export const forge = (claims: object = {}, header: object = {}): string =>
  signRaw(JSON.stringify({ ...HEADER, ...header }), JSON.stringify({ ...goodClaims(), ...claims }));

/** A good payload with raw JSON added at its end, for what JSON.stringify cannot write. */
export const forgeText = (members: string): string =>
  signRaw(JSON.stringify(HEADER), JSON.stringify(goodClaims()).replace(/\}$/, `,${members}}`));

/** A good payload with one member's value replaced by raw JSON. */
export const forgeMember = (name: string, json: string): string => {
  const { [name]: _, ...others } = goodClaims();
  return signRaw(JSON.stringify(HEADER), JSON.stringify(others).replace(/\}$/, `,"${name}":${json}}`));
};
