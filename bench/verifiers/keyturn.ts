/** Keyturn's own. How long it keeps keys is for the server to say (`Cache-Control`), so `cacheMaxAge` has no effect. */
import { createVerifier } from "@keyturn/verifier";
import type { Algorithm, VerifierLibrary } from "./verifier.ts";

const algorithms: Algorithm[] = ["EdDSA", "RS256", "ES256"];

export const library: VerifierLibrary = {
  name: "@keyturn/verifier",
  packages: ["@keyturn/verifier"],
  algorithms,
  create: ({ issuer, audience, jwksUri, clockTolerance }) =>
    createVerifier({ issuer, audience, jwksUri, clockTolerance, algorithms }),
};
