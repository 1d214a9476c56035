/** Goals for speed, and the table of everybody's, from what `speed.ts` has measured of one algorithm. Pure. */
import { type Spread, spreadOf } from "../statistics.ts";
import { atLeastTimes, number, type Verdict } from "../verdict.ts";
import type { Algorithm } from "../verifiers/verifier.ts";
import {
  AWS,
  FAST_JWT_CACHED,
  JOSE,
  OURS,
  OURS_SYNC,
  OURS_UNCACHED,
  type PatternName,
  RAW,
  type Speeds,
} from "./speeds.ts";

/** Of the bare signature check, at which one ends up with everything else there is to check. */
const SHARE_OF_RAW: Readonly<Record<Algorithm, number>> = { EdDSA: 0.95, RS256: 0.88, ES256: 0.9 };
const CYCLING_GOALS = { [JOSE]: 250, [AWS]: 60, [FAST_JWT_CACHED]: 5 };
/** For RS256: where a signature takes so much longer, nothing but the new tokens counts, and they cost everybody the same. */
const MIXED_GOALS = { [FAST_JWT_CACHED]: 1.7, [AWS]: 8 };
const NOT_PEERS: ReadonlySet<string> = new Set([OURS, OURS_SYNC, OURS_UNCACHED, RAW, FAST_JWT_CACHED]);

export function judgeSpeeds(algorithm: Algorithm, speeds: Speeds): Verdict[] {
  const judge = (pattern: PatternName, other: string, goal: number, own = OURS): Verdict =>
    atLeastTimes(
      `verify, ${pattern}, ${algorithm}`,
      ratioTo(other, contendersOf(speeds, pattern), own),
      goal,
      other,
    );
  return [
    judge("never seen", RAW, SHARE_OF_RAW[algorithm]),
    // Like with like: remembering what will not be seen again costs something, and most peers do not.
    judge("never seen", fastestPeer(contendersOf(speeds, "never seen")), 1, OURS_UNCACHED),
    judge("never seen", FAST_JWT_CACHED, 1),
    ...Object.entries(CYCLING_GOALS).map(([other, goal]) => judge("1,000 cycling", other, goal)),
    ...(algorithm === "RS256"
      ? Object.entries(MIXED_GOALS).map(([other, goal]) => judge("90 % seen", other, goal))
      : []),
  ];
}

type Contenders = Speeds[number]["contenders"];

const contendersOf = (speeds: Speeds, pattern: PatternName): Contenders =>
  speeds.find((each) => each.pattern === pattern)?.contenders ?? [];

const timesOf = (name: string, contenders: Contenders): readonly number[] =>
  contenders.find((each) => each.name === name)?.microseconds ?? [];

/** How many times as fast ours is, taken within each round. */
function ratioTo(other: string, contenders: Contenders, own = OURS): Spread {
  const ours = timesOf(own, contenders);
  return spreadOf(timesOf(other, contenders).map((time, round) => time / (ours[round] ?? Number.NaN)));
}

function fastestPeer(contenders: Contenders): string {
  const peers = contenders.filter(({ name }) => !NOT_PEERS.has(name));
  const pace = ({ microseconds }: Contenders[number]): number => spreadOf(microseconds).median;
  return peers.reduce((best, peer) => (pace(peer) < pace(best) ? peer : best)).name;
}

/** Microseconds for a token, and how many times as fast ours is; medians. */
export function renderSpeeds(algorithm: Algorithm, speeds: Speeds): string {
  const [first] = speeds;
  const lines = [
    [algorithm, ...speeds.map(({ pattern }) => pattern)],
    ...(first?.contenders ?? []).map(({ name }) => [
      name,
      ...speeds.map(({ contenders }) => {
        const microseconds = number(spreadOf(timesOf(name, contenders)).median);
        return `${microseconds} µs ${`${number(ratioTo(name, contenders).median)} ×`.padStart(8)}`;
      }),
    ]),
  ];
  return lines
    .map(([name = "", ...cells]) => name.padEnd(24) + cells.map((cell) => cell.padStart(21)).join(""))
    .join("\n");
}
