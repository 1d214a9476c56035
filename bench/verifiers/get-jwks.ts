/** fast-jwt, with its keys from get-jwks, as get-jwks's documentation has the two together. */
import { createVerifier } from "fast-jwt";
import buildGetJwks from "get-jwks";
import type { Algorithm, VerifierLibrary } from "./verifier.ts";

/** fast-jwt knows EdDSA, but get-jwks cannot turn such a key into the PEM that fast-jwt takes. */
const algorithms: Algorithm[] = ["RS256", "ES256"];

export const library: VerifierLibrary = {
  name: "get-jwks + fast-jwt",
  packages: ["get-jwks", "fast-jwt"],
  algorithms,
  create({ issuer, audience, jwksUri, cacheMaxAge, clockTolerance }) {
    const { origin: domain, pathname: jwksPath } = new URL(jwksUri);
    const keys = buildGetJwks(cacheMaxAge === undefined ? { jwksPath } : { jwksPath, ttl: cacheMaxAge });
    const verify = createVerifier({
      key: ({ header: { kid, alg } }) => keys.getPublicKey({ domain, kid, alg }),
      algorithms,
      allowedIss: issuer,
      allowedAud: audience,
      requiredClaims: ["iss", "aud", "exp"],
      clockTolerance: clockTolerance * 1000,
    });
    return { verify };
  },
};
