/** A session for a JWT: `GET /api/auth/token` against bare Better Auth's. */
import { compareWithBare } from "../beside-bare.ts";
import { proveTokens } from "../people.ts";
import type { Row } from "../row.ts";

const PATH = "/api/auth/token";
const GOAL = 15;

export const token: Row = {
  name: "token",
  about: `GET ${PATH} against bare Better Auth's`,
  run: (stage) =>
    compareWithBare(stage, {
      path: PATH,
      goal: GOAL,
      prove: (server, url, people) =>
        proveTokens(url, server === "Keyturn" ? "/.well-known/jwks.json" : "/api/auth/jwks", people),
    }),
};
