/** jose: `createRemoteJWKSet` and `jwtVerify`. */
import { createRemoteJWKSet, jwtVerify } from "jose";
import type { Algorithm, VerifierLibrary } from "./verifier.ts";

const algorithms: Algorithm[] = ["EdDSA", "RS256", "ES256"];

export const library: VerifierLibrary = {
  name: "jose",
  packages: ["jose"],
  algorithms,
  create({ issuer, audience, jwksUri, cacheMaxAge, clockTolerance }) {
    const keys = createRemoteJWKSet(new URL(jwksUri), cacheMaxAge === undefined ? {} : { cacheMaxAge });
    const options = { issuer, audience, algorithms, clockTolerance, requiredClaims: ["exp"] };
    return { verify: (token) => jwtVerify(token, keys, options) };
  },
};
