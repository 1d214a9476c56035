/**
 * An API key for a JWT: `GET /api/auth/token` with `x-api-key`, against bare Better Auth's, where a key stands for a
 * session of its owner. Both count each use in Postgres, under a limit that is never met.
 */
import { z } from "zod";
import { compareWithBare } from "../beside-bare.ts";
import { connectTo } from "../crowd.ts";
import { type Credentials, proveTokens } from "../people.ts";
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";

const PATH = "/api/auth/token";
const GOAL = 5;

export const apiKey: Row = {
  name: "api-key",
  about: `GET ${PATH} with an API key against bare Better Auth's`,
  run: (stage) =>
    compareWithBare(stage, {
      path: PATH,
      goal: GOAL,
      async credentials(server, url, sessions) {
        const keys = await Promise.all(sessions.map((session) => makeKey(url, session)));
        if (server === "Keyturn") await widenLimits(stage);
        return keys;
      },
      prove: (server, url, people) =>
        proveTokens(url, server === "Keyturn" ? "/.well-known/jwks.json" : "/api/auth/jwks", people),
    }),
};

const made = z.object({ key: z.string() });

async function makeKey(url: string, session: Credentials): Promise<Credentials> {
  const answer = await fetch(`${url}/api/auth/api-key/create`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: url, ...session },
    body: JSON.stringify({ name: "bench" }),
  });
  return { "x-api-key": made.parse(await answer.json()).key };
}

/** A key makes 600 requests a minute; a measurement makes that many in a second. */
async function widenLimits(stage: Stage): Promise<void> {
  const sql = connectTo(await stage.postgres(), "auth");
  await sql`update api_key set rate_limit_max = 1000000`;
  await sql.end();
}
