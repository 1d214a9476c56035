/** What a storm of sign-ins was like, and whether it was good enough. Pure. */
import { type Answer, latenciesOf } from "../open-loop.ts";
import { percentile } from "../statistics.ts";
import { number, type Verdict, within } from "../verdict.ts";

export interface Storm {
  /** Threads ÷ the time of one hash on a machine that does nothing else: more sign-ins than that cannot be. */
  readonly hashesPerSecond: number;
  /** Sign-ins one after the other, as many at once as there are threads. */
  readonly inTurnPerSecond: number;
  readonly seconds: number;
  readonly signIns: readonly Answer[];
  readonly tokensBefore: readonly number[];
  readonly tokensDuring: readonly number[];
}

const GOALS = {
  tokensP99: 50,
  shareOfHashes: 0.8,
  refusalP95: 200,
  /** Whoever is let in has waited no longer. */
  slowestAccepted: 3_000,
};

const isAccepted = ({ status }: Answer): boolean => status === 200;
/** 503 or 429, with a time to come back. */
const isProperRefusal = ({ status, retryAfter }: Answer): boolean =>
  (status === 503 || status === 429) && retryAfter !== undefined && retryAfter >= 1;

export function judgeStorm({ hashesPerSecond, seconds, signIns, tokensDuring }: Storm): Verdict[] {
  const accepted = signIns.filter(isAccepted);
  const refused = signIns.filter((answer) => !isAccepted(answer));
  const improper = refused.filter((answer) => !isProperRefusal(answer));
  return [
    within("token p99 during the storm", percentile(tokensDuring, 0.99), `≤ ${GOALS.tokensP99}`, "ms"),
    within(
      "accepted sign-ins ÷ hashes there is time for",
      accepted.length / seconds / hashesPerSecond,
      `≥ ${GOALS.shareOfHashes}`,
      "",
    ),
    within("refusals p95", percentile(latenciesOf(refused), 0.95), `≤ ${GOALS.refusalP95}`, "ms"),
    within(
      "slowest accepted sign-in",
      percentile(latenciesOf(accepted), 1),
      `≤ ${GOALS.slowestAccepted}`,
      "ms",
    ),
    within("answers other than 200, or 503/429 with Retry-After", improper.length, "≤ 0", ""),
  ];
}

export function renderStorm(storm: Storm): string {
  const { hashesPerSecond, inTurnPerSecond, seconds, signIns, tokensBefore, tokensDuring } = storm;
  const statuses = Map.groupBy(signIns, ({ status }) => status);
  const perSecond = (count: number) => number(count / seconds);
  return [
    `hashes there is time for ${number(hashesPerSecond)}/s, sign-ins in turn ${number(inTurnPerSecond)}/s, offered ${perSecond(signIns.length)}/s for ${seconds} s`,
    ...Array.from(
      statuses,
      ([status, answers]) =>
        `sign-ins answered ${status}: ${perSecond(answers.length)}/s, ${spread(latenciesOf(answers))}`,
    ),
    `tokens before: ${spread(tokensBefore)}`,
    `tokens during: ${spread(tokensDuring)}`,
  ].join("\n");
}

const spread = (latencies: readonly number[]): string =>
  [0.5, 0.95, 0.99, 1]
    .map((part) => `${part === 1 ? "max" : `p${part * 100}`} ${number(percentile(latencies, part))}`)
    .join(", ")
    .concat(" ms");
