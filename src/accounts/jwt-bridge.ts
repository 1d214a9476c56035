/**
 * Better Auth's jwt plugin over our key ring: whatever it signs, the ring signs; whatever it publishes, the ring
 * publishes; it stores nothing and can make no key. `GET /token` and `/jwks` never reach it, ours answer first.
 */
import { jwt } from "better-auth/plugins/jwt";

export interface JwtBridge {
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds. */
  readonly ttl: number;
  readonly defaultAlgorithm: "EdDSA" | "RS256" | "ES256";
  sign(claims: object): string;
  publicKeys(): readonly Readonly<Record<string, string>>[];
}

export function bridgedJwt({ issuer, audience, ttl, defaultAlgorithm, sign, publicKeys }: JwtBridge) {
  return jwt({
    disableSettingJwtHeader: true,
    jwks: {
      // Tells the plugin that keys live elsewhere; nothing of ours makes it fetch.
      remoteUrl: `${issuer}/.well-known/jwks.json`,
      keyPairConfig: { alg: defaultAlgorithm },
    },
    jwt: {
      issuer,
      audience,
      expirationTime: `${Math.floor(ttl / 1000)}s`,
      sign: async (claims) => sign(claims),
    },
    adapter: {
      getJwks: async () =>
        publicKeys().map((jwk) => ({
          id: jwk["kid"] ?? "",
          publicKey: JSON.stringify(jwk),
          privateKey: "",
          createdAt: new Date(0),
        })),
      createJwk: async () => {
        throw new Error("keys are made by the key ring alone");
      },
    },
  });
}
