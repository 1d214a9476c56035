/** jsonwebtoken, with its keys from jwks-rsa, as jwks-rsa's documentation has the two together. */
import jwt from "jsonwebtoken";
import jwksClient from "jwks-rsa";
import type { Algorithm, VerifierLibrary } from "./verifier.ts";

/** jsonwebtoken knows no EdDSA. */
const algorithms: Algorithm[] = ["RS256", "ES256"];

export const library: VerifierLibrary = {
  name: "jwks-rsa + jsonwebtoken",
  packages: ["jwks-rsa", "jsonwebtoken"],
  algorithms,
  create({ issuer, audience, jwksUri, cacheMaxAge, clockTolerance }) {
    const client = jwksClient(cacheMaxAge === undefined ? { jwksUri } : { jwksUri, cacheMaxAge });
    const findKey: jwt.GetKey = ({ kid }, done) =>
      client.getSigningKey(kid, (error, key) => done(error, key?.getPublicKey()));
    const options = { issuer, audience, algorithms, clockTolerance };
    return {
      verify: (token) =>
        new Promise((resolve, reject) => {
          jwt.verify(token, findKey, options, (error, claims) =>
            error === null ? resolve(claims) : reject(error),
          );
        }),
    };
  },
};
