/**
 * Our verifier against bare `node:crypto` and other libraries: speed, what it does to the event loop, the first token of
 * a process, its size, and what a stranger's tokens make it do. How each is measured is in `verifier/`.
 */
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import type { Verdict } from "../verdict.ts";
import { measureBundles } from "../verifier/bundle.ts";
import { measureColdStarts } from "../verifier/cold.ts";
import { parseDelays } from "../verifier/delays.ts";
import { installPackage } from "../verifier/package.ts";
import { runChild } from "../verifier/run-child.ts";
import { judgeSpeeds, renderSpeeds } from "../verifier/speed-verdicts.ts";
import { parseSpeeds } from "../verifier/speeds.ts";
import { parseStorms } from "../verifier/storms.ts";
import { judgeDelays, judgeSizes, judgeStarts, judgeStorms, renderOthers } from "../verifier/verdicts.ts";
import type { Algorithm } from "../verifiers/verifier.ts";

const ALGORITHMS: readonly Algorithm[] = ["RS256", "EdDSA", "ES256"];
const PEERS = ["jose", "aws-jwt-verify", "hono"];

export const verifier: Row = {
  name: "verifier",
  about: "the verifier against node:crypto and other libraries",
  run,
};

async function run(stage: Stage) {
  const verdicts: Verdict[] = [];
  const speeds: Record<string, unknown> = {};
  for (const algorithm of ALGORITHMS) {
    const measured = parseSpeeds(await runChild("speed.ts", algorithm));
    console.log(`\n${renderSpeeds(algorithm, measured)}`);
    speeds[algorithm] = measured;
    verdicts.push(...judgeSpeeds(algorithm, measured));
  }

  const delays = parseDelays(await runChild("loop.ts"));
  const installed = await installPackage(stage.path("verifier"), PEERS);
  const starts = await measureColdStarts(installed);
  const bundles = await measureBundles(installed);
  const storms = parseStorms(await runChild("storm.ts"));
  console.log(`\n${renderOthers(delays, starts, bundles)}`);
  return {
    speeds,
    delays,
    starts,
    bundles,
    storms,
    verdicts: [
      ...verdicts,
      ...judgeDelays(delays),
      ...judgeStarts(starts),
      ...judgeSizes(bundles, installed.bytes),
      ...judgeStorms(storms),
    ],
  };
}
