/**
 * Four times as many sign-ins as passwords can be hashed. Whoever is signed in already must not notice, as many as can be
 * hashed get in, and the others are told at once to come back instead of waiting in a queue that grows.
 * Limits are counted, but too wide to be met: a real storm comes from many addresses, this one from one.
 */
import { availableParallelism } from "node:os";
import { createPasswordHasher } from "../../src/accounts/passwords/hasher.ts";
import { addressOf, CROWD_PASSWORD, connectTo, gatherCrowd } from "../crowd.ts";
import { startKeyturn } from "../launch.ts";
import { type Answer, type Ask, keepAsking, latenciesOf, offer } from "../open-loop.ts";
import { signUpPeople } from "../people.ts";
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { spreadOf } from "../statistics.ts";
import { judgeStorm, renderStorm, type Storm } from "../storm/verdicts.ts";

export const storm: Row = { name: "storm", about: "sign-ins at 4 × what can be hashed", run };

const TIMES = 4;
const SECONDS = 15;
const CALM_SECONDS = 5;
const TOKENS_PER_SECOND = 100;
/** Enough that nobody signs in twice. */
const CROWD = 20_000;
const SCHEMA = "storm";
/** As the server decides it. */
const THREADS = Math.max(1, availableParallelism() - 1);

async function run(stage: Stage) {
  const hashMilliseconds = await timeHash();
  await using keyturn = await startKeyturn(stage, SCHEMA);
  const sql = connectTo(await stage.postgres(), SCHEMA);
  await gatherCrowd(sql, CROWD);
  await sql.end();
  const people = await signUpPeople(keyturn.url);
  const signIn = signInsAt(keyturn.url);
  const token = (number: number): Ask => ({
    url: `${keyturn.url}/api/auth/token`,
    method: "GET",
    headers: people[number % people.length] ?? {},
  });
  const askTokens = (seconds: number) => offer({ perSecond: TOKENS_PER_SECOND, seconds, ask: token });

  expectAll(200, await keepAsking(THREADS, 2, signIn));
  expectAll(200, await askTokens(2));
  const inTurn = expectAll(200, await keepAsking(THREADS, CALM_SECONDS, signIn));
  const tokensBefore = expectAll(200, await askTokens(CALM_SECONDS));
  const hashesPerSecond = (THREADS / hashMilliseconds) * 1000;
  const [signIns, tokensDuring] = await Promise.all([
    offer({ perSecond: hashesPerSecond * TIMES, seconds: SECONDS, ask: signIn }),
    askTokens(SECONDS),
  ]);
  const measured: Storm = {
    hashesPerSecond,
    inTurnPerSecond: inTurn.length / CALM_SECONDS,
    seconds: SECONDS,
    signIns,
    tokensBefore: latenciesOf(tokensBefore),
    tokensDuring: latenciesOf(tokensDuring),
  };
  console.log(`\n${renderStorm(measured)}`);
  return { verdicts: judgeStorm(measured) };
}

/** Milliseconds of one hash while nothing else is done. */
async function timeHash(): Promise<number> {
  const hasher = createPasswordHasher();
  const times: number[] = [];
  for (let round = 0; round < 40; round++) {
    const start = performance.now();
    await hasher.hash(CROWD_PASSWORD);
    times.push(performance.now() - start);
  }
  return spreadOf(times).median;
}

/** Each by somebody else. */
function signInsAt(url: string): () => Ask {
  let last = 0;
  return () => ({
    url: `${url}/api/auth/sign-in/email`,
    method: "POST",
    headers: { "content-type": "application/json", origin: url },
    body: JSON.stringify({ email: addressOf((last++ % CROWD) + 1), password: CROWD_PASSWORD }),
  });
}

function expectAll(status: number, answers: readonly Answer[]): readonly Answer[] {
  const other = answers.filter((answer) => answer.status !== status);
  if (other.length === 0) return answers;
  throw new Error(`expected ${status}, got ${other[0]?.status} for ${other.length} of ${answers.length}`);
}
