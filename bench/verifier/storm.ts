/**
 * In a process of its own: a stranger sends tokens, each with another `kid` that does not exist, while good ones go on
 * coming; and right after that a new key signs. Prints what it cost, as JSON (`storms.ts`).
 */
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { createVerifier, type Verifier, VerifierError } from "@keyturn/verifier";
import { percentile } from "../statistics.ts";
import { startIssuer } from "../trust/issuer.ts";
import { makeKey } from "./key.ts";
import type { Storms } from "./storms.ts";

const STORMS = 4;
const STRANGERS = 10_000;
/** At once, with one good token among them. */
const TOGETHER = 20;
const POLL_MS = 5;
const PATIENCE_MS = 30_000;

const issuer = await startIssuer();
const storms: Storms = [];
for (let number = 0; number < STORMS; number++) storms.push(await storm());
// The first is the compiler's.
console.log(JSON.stringify(storms.slice(1)));
issuer.close();

async function storm(): Promise<Storms[number]> {
  const [known, next] = [makeKey("EdDSA"), makeKey("EdDSA")];
  issuer.publish(known);
  const { url, jwksUri } = issuer;
  const verifier = createVerifier({ issuer: url, audience: url, jwksUri });
  await verifier.ready();
  const strange = Array.from({ length: STRANGERS }, () => known.token(url, randomUUID()));
  const good = Array.from({ length: STRANGERS / TOGETHER }, () => known.token(url));

  const before = issuer.fetches();
  const latencies: number[] = [];
  for (const [index, token] of good.entries()) {
    const strangers = strange.slice(index * TOGETHER, (index + 1) * TOGETHER);
    const refusals = strangers.map((each) => refuse(verifier, each));
    const start = performance.now();
    await verifier.verify(token);
    latencies.push(performance.now() - start);
    await Promise.all([...refusals, nextTurn()]);
  }
  issuer.publish(known, next);
  const newKeyAfter = await untilAccepted(verifier, next.token(url));
  verifier.close();
  return { fetches: issuer.fetches() - before, newKeyAfter, goodP99: percentile(latencies, 0.99) };
}

async function refuse(verifier: Verifier, token: string): Promise<void> {
  const outcome = await verifier.verify(token).catch((error: unknown) => error);
  if (!(outcome instanceof VerifierError && outcome.code === "key_unknown")) {
    throw new Error("expected a token of a stranger to be refused for its key", { cause: outcome });
  }
}

async function untilAccepted(verifier: Verifier, token: string): Promise<number> {
  for (const start = performance.now(); performance.now() - start < PATIENCE_MS; await sleep(POLL_MS)) {
    const isAccepted = await verifier.verify(token).then(
      () => true,
      () => false,
    );
    if (isAccepted) return performance.now() - start;
  }
  throw new Error(`expected a new key to be accepted within ${PATIENCE_MS} ms`);
}
