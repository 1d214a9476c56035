/**
 * Two servers under the same load, in turns: a machine that gets slower or busier meanwhile does so for both. The ratio
 * is taken within each round, and the median of the rounds is the result.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadResult, load, type Target } from "./load.ts";
import { percentile, type Spread, spreadOf } from "./statistics.ts";

/** Until the compiler has settled. */
const WARM_UP_SECONDS = 4;
/** Short turns and many: what disturbs one of a round should disturb the other too. */
const ROUNDS = 10;
const TURN_SECONDS = 1;
/** Requests cut off at the end of a turn must not weigh on the next one. */
const PAUSE_MS = 100;

interface Contender {
  readonly name: string;
  readonly requestsPerSecond: Spread;
  /** Milliseconds, over the answers of all rounds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Of the server process, per request. */
  readonly cpuMicroseconds: Spread | undefined;
}

export interface SideBySide {
  /** Ours first, then what it is measured against. */
  readonly contenders: readonly [Contender, Contender];
  /** Ours divided by the other, in requests per second. */
  readonly ratio: Spread;
  /**
   * The same per second of the server's processor time: true also where the load generator, and not the server, is
   * what holds the faster of them back.
   */
  readonly ratioPerCpu: Spread | undefined;
}

export async function measureSideBySide(ours: Target, other: Target): Promise<SideBySide> {
  for (const target of [ours, other]) await turn(target, WARM_UP_SECONDS);
  const rounds: { ours: LoadResult; other: LoadResult }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) {
      const first = await turn(ours, TURN_SECONDS);
      rounds.push({ ours: first, other: await turn(other, TURN_SECONDS) });
    } else {
      const first = await turn(other, TURN_SECONDS);
      rounds.push({ ours: await turn(ours, TURN_SECONDS), other: first });
    }
  }
  return {
    contenders: [
      summarise(
        ours.name,
        rounds.map((round) => round.ours),
      ),
      summarise(
        other.name,
        rounds.map((round) => round.other),
      ),
    ],
    ratio: spreadOf(rounds.map((round) => round.ours.requestsPerSecond / round.other.requestsPerSecond)),
    ratioPerCpu: spreadIfAny(
      rounds.flatMap((round) =>
        round.ours.cpuMicroseconds === undefined || round.other.cpuMicroseconds === undefined
          ? []
          : round.other.cpuMicroseconds / round.ours.cpuMicroseconds,
      ),
    ),
  };
}

const spreadIfAny = (values: readonly number[]): Spread | undefined =>
  values.length === 0 ? undefined : spreadOf(values);

async function turn(target: Target, seconds: number): Promise<LoadResult> {
  const result = await load(target, seconds);
  await sleep(PAUSE_MS);
  return result;
}

function summarise(name: string, results: readonly LoadResult[]): Contender {
  const latencies = results.flatMap((result) => result.latencies);
  return {
    name,
    requestsPerSecond: spreadOf(results.map((result) => result.requestsPerSecond)),
    p50: percentile(latencies, 0.5),
    p95: percentile(latencies, 0.95),
    p99: percentile(latencies, 0.99),
    cpuMicroseconds: spreadIfAny(results.flatMap((result) => result.cpuMicroseconds ?? [])),
  };
}
