/**
 * The worst verifier that keeps the rules: it holds one JWKS for as long as a cache in front of it and its own may
 * together, and never fetches before, whatever it meets. Keys signed with meanwhile must have been in it.
 */
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import type { VerifierLibrary } from "../verifiers/verifier.ts";
import { PERIODS } from "./installation.ts";

const HOLD_MS = PERIODS.jwksMaxAge + PERIODS.cacheMaxAge;

export const library: VerifierLibrary = {
  name: `a JWKS held for ${HOLD_MS} ms`,
  packages: ["jose"],
  algorithms: ["EdDSA", "RS256", "ES256"],
  create({ issuer, audience, jwksUri, clockTolerance }) {
    let heldUntil = 0;
    let keys: ReturnType<typeof createLocalJWKSet> | undefined;
    return {
      async verify(token) {
        if (keys === undefined || performance.now() > heldUntil) {
          const fetched: JSONWebKeySet = await (await fetch(jwksUri)).json();
          keys = createLocalJWKSet(fetched);
          heldUntil = performance.now() + HOLD_MS;
        }
        await jwtVerify(token, keys, { issuer, audience, clockTolerance });
      },
    };
  },
};
