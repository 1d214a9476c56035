/** Who is signed in: `GET /api/auth/get-session` against bare Better Auth's, on the same Postgres. */
import { startBareBetterAuth, startKeyturn } from "../launch.ts";
import { signUpPeople } from "../people.ts";
import type { Row } from "../row.ts";
import { measureSideBySide } from "../side-by-side.ts";
import type { Stage } from "../stage.ts";
import { atLeastTimes } from "../verdict.ts";

const PATH = "/api/auth/get-session";
const GOAL = 5;

export const session: Row = { name: "session", about: `GET ${PATH} against bare Better Auth's`, run };

async function run(stage: Stage) {
  await using keyturn = await startKeyturn(stage);
  await using bare = await startBareBetterAuth(stage);
  const [ours, other] = [await signUpPeople(keyturn.url), await signUpPeople(bare.url)];
  for (const [url, people] of [
    [keyturn.url, ours],
    [bare.url, other],
  ] as const) {
    const answers = await Promise.all(people.map((headers) => fetch(url + PATH, { headers })));
    const bad = answers.find(({ status }) => status !== 200);
    if (bad !== undefined) throw new Error(`${bad.url}: expected 200, got ${bad.status}`);
    const ids = new Set(await Promise.all(answers.map(async (answer) => (await answer.json())?.user?.id)));
    if (ids.size !== people.length || ids.has(undefined))
      throw new Error(`${url}: expected each their own session`);
  }
  const sideBySide = await measureSideBySide(
    { name: "Keyturn", url: `${keyturn.url}${PATH}`, pid: keyturn.pid, headers: ours },
    { name: "bare Better Auth", url: `${bare.url}${PATH}`, pid: bare.pid, headers: other },
  );
  return {
    sideBySide,
    verdicts: [atLeastTimes(`GET ${PATH}`, sideBySide.ratio, GOAL, "bare Better Auth")],
  };
}
