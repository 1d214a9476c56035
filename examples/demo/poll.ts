/** Waiting without guessing how long: asks again and again until the answer is yes, up to a limit. */
import { setTimeout as sleep } from "node:timers/promises";
import { Difference } from "./difference.ts";

const PAUSE_MS = 50;

export async function pollUntil(what: string, limitMs: number, ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await ask())) {
    if (performance.now() > deadline) throw new Difference(`expected within ${limitMs / 1000} s: ${what}`);
    await sleep(PAUSE_MS);
  }
}
