/** From nothing to ready, and what the server process weighs at rest; on the embedded Postgres, as on a first day. */
import { setTimeout as sleep } from "node:timers/promises";
import { startKeyturnAlone } from "../launch.ts";
import { readMemory } from "../process-cost.ts";
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { spreadOf } from "../statistics.ts";
import { atMost } from "../verdict.ts";

const RUNS = 3;
/** A server that was ready a moment ago is still settling. */
const REST_MS = 3_000;

export const start: Row = { name: "start", about: "start to ready, and memory at rest", run };

async function run(stage: Stage) {
  const empty: number[] = [];
  const existing: number[] = [];
  const memory: number[] = [];
  for (let number = 1; number <= RUNS; number++) {
    const dataDir = stage.path(`data-${number}`);
    const first = await startKeyturnAlone(stage, dataDir);
    empty.push(first.readyAfter / 1000);
    await first[Symbol.asyncDispose]();

    await using second = await startKeyturnAlone(stage, dataDir);
    existing.push(second.readyAfter / 1000);
    await sleep(REST_MS);
    memory.push(readMemory(second.pid));
  }
  return {
    verdicts: [
      atMost("start to ready, empty disk", spreadOf(empty), 3, "s"),
      atMost("start to ready, existing data", spreadOf(existing), 1.5, "s"),
      atMost("memory at rest, server process", spreadOf(memory), 150, "MB"),
    ],
  };
}
