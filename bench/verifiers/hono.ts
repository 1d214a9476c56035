/** hono/jwk: the middleware on an app. It fetches the keys for every request, so it has no cache to set an age for. */
import { Hono } from "hono";
import { jwk } from "hono/jwk";
import type { Algorithm, VerifierLibrary } from "./verifier.ts";

interface Claims {
  readonly exp?: unknown;
  readonly nbf?: unknown;
}

const algorithms: Algorithm[] = ["EdDSA", "RS256", "ES256"];

export const library: VerifierLibrary = {
  name: "hono/jwk",
  packages: ["hono"],
  algorithms,
  create({ issuer, audience, jwksUri, clockTolerance }) {
    const app = new Hono<{ Variables: { jwtPayload: Claims } }>();
    // It compares with its own clock to the second: a token of an issuer whose clock is a second ahead is refused for
    // its `iat`, which no RFC asks for. `exp` and `nbf` it can only check or not, so they are checked below instead.
    const verification = { iss: issuer, aud: audience, exp: false, nbf: false, iat: false };
    app.use(jwk({ jwks_uri: jwksUri, alg: algorithms, verification }));
    app.get("/", (c) =>
      isDue(c.var.jwtPayload, clockTolerance) ? c.json(c.var.jwtPayload) : c.body(null, 401),
    );
    return {
      async verify(token) {
        const answer = await app.request("/", { headers: { authorization: `Bearer ${token}` } });
        if (!answer.ok) throw new Error(`expected status 200, got ${answer.status}`);
        return answer.json();
      },
    };
  },
};

/** RFC 7519 §4.1.4 and §4.1.5. */
function isDue({ exp, nbf }: Claims, tolerance: number): boolean {
  const now = Date.now() / 1000;
  if (typeof exp !== "number" || now >= exp + tolerance) return false;
  return nbf === undefined || (typeof nbf === "number" && now >= nbf - tolerance);
}
