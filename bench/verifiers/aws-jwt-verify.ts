/** aws-jwt-verify: its generic `JwtVerifier`. Which algorithms it takes is not an option: each key's own. */
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import type { VerifierLibrary } from "./verifier.ts";

export const library: VerifierLibrary = {
  name: "aws-jwt-verify",
  packages: ["aws-jwt-verify"],
  algorithms: ["EdDSA", "RS256", "ES256"],
  create({ issuer, audience, jwksUri, cacheMaxAge, clockTolerance }) {
    const verifier = JwtVerifier.create(
      { issuer, audience, jwksUri, graceSeconds: clockTolerance },
      { jwksCache: createJwksCache(jwksUri) },
    );
    if (cacheMaxAge === undefined) return { verify: (token) => verifier.verify(token) };

    // It keeps keys for ever and has no option against it; `hydrate` is its way to fetch them again.
    let fetchedAt = Number.NEGATIVE_INFINITY;
    return {
      async verify(token) {
        if (Date.now() - fetchedAt >= cacheMaxAge) {
          await verifier.hydrate();
          fetchedAt = Date.now();
        }
        return verifier.verify(token);
      },
    };
  },
};

/** Its own cache and penalty box in any case; but its fetcher speaks https only, and loopback speaks http. */
const createJwksCache = (jwksUri: string): SimpleJwksCache =>
  new SimpleJwksCache(new URL(jwksUri).protocol === "https:" ? {} : { fetcher: { fetch: fetchBytes } });

async function fetchBytes(uri: string): Promise<ArrayBuffer> {
  const answer = await fetch(uri);
  if (!answer.ok) throw new Error(`${uri}: expected status 200, got ${answer.status}`);
  return answer.arrayBuffer();
}
