/** The key set: `GET /.well-known/jwks.json` against a bare Hono route that answers the same bytes and headers. */
import { deepEqual } from "node:assert/strict";
import { startBareHono, startKeyturn } from "../launch.ts";
import type { Row } from "../row.ts";
import { measureSideBySide } from "../side-by-side.ts";
import type { Stage } from "../stage.ts";
import { atLeastTimes } from "../verdict.ts";

const PATH = "/.well-known/jwks.json";
const GOAL = 0.85;

export const jwks: Row = { name: "jwks", about: `GET ${PATH} against a bare Hono route`, run };

async function run(stage: Stage) {
  await using keyturn = await startKeyturn(stage);
  const answer = await read(keyturn.url);
  await using bare = await startBareHono(stage, PATH, answer);
  deepEqual(await read(bare.url), answer, "the bare route must answer the same");

  const headers = [{ accept: "application/json" }];
  const sideBySide = await measureSideBySide(
    { name: "Keyturn", url: `${keyturn.url}${PATH}`, pid: keyturn.pid, headers },
    { name: "bare Hono", url: `${bare.url}${PATH}`, pid: bare.pid, headers },
  );
  return {
    sideBySide,
    verdicts: [
      atLeastTimes(`GET ${PATH}`, sideBySide.ratio, GOAL, "bare Hono"),
      // A load generator in JavaScript costs as much as this route does, so req/s alone flatters the slower one.
      ...(sideBySide.ratioPerCpu === undefined
        ? []
        : [atLeastTimes(`GET ${PATH}, per CPU second`, sideBySide.ratioPerCpu, GOAL, "bare Hono")]),
    ],
  };
}

/** Headers that Node's HTTP server adds by itself. */
const BY_THE_SERVER: ReadonlySet<string> = new Set(["connection", "content-length", "date", "keep-alive"]);

async function read(url: string): Promise<{ body: string; headers: Record<string, string> }> {
  const answer = await fetch(`${url}${PATH}`);
  const headers = [...answer.headers].filter(([name]) => !BY_THE_SERVER.has(name));
  return { body: await answer.text(), headers: Object.fromEntries(headers) };
}
