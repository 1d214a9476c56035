/**
 * Contenders in turns: each verifies some tokens, then the next one does, round after round and each round beginning
 * with another, so that a machine that gets slower or busier meanwhile does so for all.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Contender } from "./contenders.ts";
import { receive, type Token } from "./key.ts";

/** What a contender verifies in its turn. */
export type Choose = (round: number, contender: Contender) => readonly Token[];

/** Until the compiler has settled; not in the results. */
export const WARM_UP_ROUNDS = 3;

/** Of the tokens of a turn. */
const UNTIMED = 0.2;

/** Microseconds for each token: by contender, one number for each round. */
export async function measureRounds(
  contenders: readonly Contender[],
  rounds: number,
  choose: Choose,
): Promise<number[][]> {
  const measured = contenders.map((): number[] => []);
  for (let round = 0; round < WARM_UP_ROUNDS + rounds; round++) {
    for (let place = 0; place < contenders.length; place++) {
      const index = (round + place) % contenders.length;
      const contender = contenders[index];
      if (contender === undefined) continue;
      const microseconds = await turn(contender, choose(round, contender));
      if (round >= WARM_UP_ROUNDS) measured[index]?.push(microseconds);
    }
  }
  return measured;
}

/** The first of the tokens are not timed: what the processor remembers is from whoever had the turn before. */
export async function turn(contender: Contender, tokens: readonly Token[]): Promise<number> {
  const received = receive(tokens);
  const untimed = Math.floor(received.length * UNTIMED);
  // In a turn of the event loop that nobody has used yet.
  await nextTurn();
  await verifyAll(contender, received.slice(0, untimed));
  const timed = received.slice(untimed);
  const start = performance.now();
  await verifyAll(contender, timed);
  return ((performance.now() - start) * 1000) / timed.length;
}

async function verifyAll({ verify, refusal }: Contender, tokens: readonly Token[]): Promise<void> {
  if (refusal === "throws") for (const token of tokens) verify(token);
  else for (const token of tokens) await verify(token);
}
