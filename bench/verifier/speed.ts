/**
 * In a process of its own: everybody verifies tokens of the algorithm it is told, in one process and in turns. Prints
 * how long that took, as JSON (`speeds.ts`).
 */
import { startIssuer } from "../trust/issuer.ts";
import type { Algorithm } from "../verifiers/verifier.ts";
import { type Contender, createContenders } from "./contenders.ts";
import { makeKey, makeTokens } from "./key.ts";
import { createPatterns } from "./patterns.ts";
import { measureRounds, turn } from "./rounds.ts";
import type { Speeds } from "./speeds.ts";

const SEEN = 1_000;
/** Long enough to measure, and short enough that what disturbs one of a round disturbs the others too. */
const TURN_MICROSECONDS = 10_000;
const [FEWEST, MOST] = [30, 3_000];

const ALGORITHMS: readonly Algorithm[] = ["EdDSA", "RS256", "ES256"];
const [name] = process.argv.slice(2);
const algorithm = ALGORITHMS.find((each) => each === name);
if (algorithm === undefined) throw new Error(`expected one of ${ALGORITHMS.join(", ")}; got ${name}`);

const key = makeKey(algorithm);
const server = await startIssuer();
server.publish(key);
const { url: issuer, jwksUri } = server;
const contenders = await createContenders({ algorithm, key, issuer, jwksUri });
const make = (count: number) => makeTokens(key, issuer, count);
const seen = make(SEEN);

const calls = new Map<Contender, number>();
for (const contender of contenders) {
  await prove(contender);
  await turn(contender, seen);
  const pace = await turn(contender, seen);
  calls.set(contender, Math.round(Math.min(Math.max(TURN_MICROSECONDS / pace, FEWEST), MOST)));
}

const speeds: Speeds = [];
for (const pattern of createPatterns({ seen, calls: (contender) => calls.get(contender) ?? FEWEST, make })) {
  const measured = await measureRounds(contenders, pattern.rounds, pattern.choose);
  speeds.push({
    pattern: pattern.name,
    contenders: contenders.map(({ name }, index) => ({ name, microseconds: measured[index] ?? [] })),
  });
}
console.log(JSON.stringify(speeds));
server.close();

/** Speed of a verifier that accepts anything, or nothing, is worth nothing. */
async function prove(contender: Contender): Promise<void> {
  await turn(contender, make(1));
  const forged = make(2);
  const [one, other] = forged;
  if (one === undefined || other === undefined) return;
  const signature = other.text.slice(other.text.lastIndexOf("."));
  const text = `${one.text.slice(0, one.text.lastIndexOf("."))}${signature}`;
  try {
    await turn(contender, [{ ...one, text, signature: other.signature }]);
  } catch {
    return;
  }
  throw new Error(`${contender.name}: expected a forged token to be refused`);
}
