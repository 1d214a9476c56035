/** A session for a JWT: `GET /api/auth/token` against bare Better Auth's, on the same Postgres. */
import { startBareBetterAuth, startKeyturn } from "../launch.ts";
import { proveTokens, signUpPeople } from "../people.ts";
import type { Row } from "../row.ts";
import { measureSideBySide } from "../side-by-side.ts";
import type { Stage } from "../stage.ts";
import { atLeastTimes } from "../verdict.ts";

const PATH = "/api/auth/token";
const GOAL = 15;

export const token: Row = { name: "token", about: `GET ${PATH} against bare Better Auth's`, run };

async function run(stage: Stage) {
  await using keyturn = await startKeyturn(stage);
  await using bare = await startBareBetterAuth(stage);
  const [ours, other] = [await signUpPeople(keyturn.url), await signUpPeople(bare.url)];
  await proveTokens(keyturn.url, "/.well-known/jwks.json", ours);
  await proveTokens(bare.url, "/api/auth/jwks", other);

  const sideBySide = await measureSideBySide(
    { name: "Keyturn", url: `${keyturn.url}${PATH}`, pid: keyturn.pid, headers: ours },
    { name: "bare Better Auth", url: `${bare.url}${PATH}`, pid: bare.pid, headers: other },
  );
  return {
    sideBySide,
    verdicts: [atLeastTimes(`GET ${PATH}`, sideBySide.ratio, GOAL, "bare Better Auth")],
  };
}
