/** Who is signed in: `GET /api/auth/get-session` against bare Better Auth's. */
import { compareWithBare } from "../beside-bare.ts";
import { proveSessions } from "../people.ts";
import type { Row } from "../row.ts";

const PATH = "/api/auth/get-session";
const GOAL = 5;

export const session: Row = {
  name: "session",
  about: `GET ${PATH} against bare Better Auth's`,
  run: (stage) =>
    compareWithBare(stage, {
      path: PATH,
      goal: GOAL,
      prove: (_, url, people) => proveSessions(url + PATH, people),
    }),
};
