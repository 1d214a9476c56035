/**
 * In a process of its own: EdDSA tokens that nobody has seen come in bursts, then steadily. Prints how long the event
 * loop keeps others waiting meanwhile, as JSON (`delays.ts`).
 */
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { startIssuer } from "../trust/issuer.ts";
import { type Contender, createContenders } from "./contenders.ts";
import type { Delays } from "./delays.ts";
import { makeKey, makeTokens, receive, type Token } from "./key.ts";
import { delayAt, noteTurns } from "./loop-delay.ts";
import { OURS, OURS_SYNC } from "./speeds.ts";

const BURST = { rounds: 25, tokens: 100 };
/** Stretches of a quarter of a second. */
const STEADY = { rounds: 6, tokens: 1_000, perSecond: 4_000 };
/** Until the compiler has settled; not in the results. */
const WARM_UP_ROUNDS = 4;
const PAUSE_MS = 10;

type Load = (contender: Contender, tokens: readonly Token[]) => Promise<unknown>;

const key = makeKey("EdDSA");
const server = await startIssuer();
server.publish(key);
const { url: issuer, jwksUri } = server;
const all = await createContenders({ algorithm: "EdDSA", key, issuer, jwksUri });
const contenders = all.filter(({ name }) => [OURS, OURS_SYNC, "jose"].includes(name));

const bursts = await measure(BURST, (contender, tokens) =>
  Promise.all(tokens.map((token) => arrive(contender, token))),
);
const steadily = await measure(STEADY, arriveSteadily);
const delays: Delays = contenders.map(({ name }, index) => ({
  name,
  burst: bursts[index] ?? [],
  steady: steadily[index] ?? [],
}));
console.log(JSON.stringify(delays));
server.close();

/** In turns, each time with tokens new to all. */
async function measure({ rounds, tokens }: typeof BURST, load: Load): Promise<number[][]> {
  const measured = contenders.map((): number[] => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const fresh = makeTokens(key, issuer, tokens);
    for (const [index, contender] of contenders.entries()) {
      const received = receive(fresh);
      await sleep(PAUSE_MS);
      const turns = noteTurns();
      await load(contender, received);
      const delay = delayAt(await turns.stop(), 0.99);
      if (round >= 0) measured[index]?.push(delay);
    }
  }
  return measured;
}

/** Those that were due while the loop was busy are there together in its next turn. */
async function arriveSteadily(contender: Contender, tokens: readonly Token[]): Promise<void> {
  const start = performance.now();
  const pending: Promise<unknown>[] = [];
  while (pending.length < tokens.length) {
    await nextTurn();
    const due = ((performance.now() - start) / 1000) * STEADY.perSecond;
    for (const token of tokens.slice(pending.length, due)) pending.push(arrive(contender, token));
  }
  await Promise.all(pending);
}

/**
 * In a callback of its own, as each request that has come to a server by the same turn of the loop: microtasks run
 * between one and the next, but nothing else does.
 */
async function arrive({ verify }: Contender, token: Token): Promise<unknown> {
  await nextTurn();
  return verify(token);
}
