/**
 * What a million people with five million sessions cost: tokens for sessions nobody has asked for in a while, against the
 * same with a thousand people, in turns on one Postgres; and what an administrator waits for among them. Takes minutes
 * and some gigabytes, so it runs only when named.
 */
import { connectTo } from "../crowd.ts";
import { measureSearches } from "../growth/admin.ts";
import { fill, SESSIONS_EACH, sessionTokenOf, sizeOf } from "../growth/fill.ts";
import { signedSession, startKeyturn } from "../launch.ts";
import { type Ask, keepAsking, latenciesOf } from "../open-loop.ts";
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { percentile, spreadOf } from "../statistics.ts";
import { atMost, number, within } from "../verdict.ts";

export const growth: Row = {
  name: "growth",
  about: "tokens and searches with 1 M people and 5 M sessions (only when named)",
  onlyWhenNamed: true,
  run,
};

const SIZES = { small: 1_000, large: 1_000_000 };
const GOALS = { token: 1.2, admin: 100 };
const ROUNDS = 15;
const TURN_SECONDS = 1;
/** Few enough that what is measured is an answer, and not the waiting for a turn. */
const AT_ONCE = 4;

async function run(stage: Stage) {
  await using small = await open(stage, "small");
  await using large = await open(stage, "large");
  for (const side of [small, large]) await side.askTokens(4);
  const rounds: { small: number; large: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    if (round % 2 === 0) {
      const first = await small.askTokens(TURN_SECONDS);
      rounds.push({ small: first, large: await large.askTokens(TURN_SECONDS) });
    } else {
      const first = await large.askTokens(TURN_SECONDS);
      rounds.push({ small: await small.askTokens(TURN_SECONDS), large: first });
    }
  }
  const p50 = (side: "small" | "large") => number(spreadOf(rounds.map((round) => round[side])).median);
  console.log(`\ntoken p50: ${p50("small")} ms with 1 k people, ${p50("large")} ms with 1 M`);

  const searches = await measureSearches(large.url, large.sql, SIZES.large);
  return {
    verdicts: [
      atMost(
        "token p50 with 1 M people ÷ with 1 k",
        spreadOf(rounds.map((round) => round.large / round.small)),
        GOALS.token,
        "×",
      ),
      ...Array.from(searches, ([what, times]) =>
        within(`people ${what}, p95`, percentile(times, 0.95), `≤ ${GOALS.admin}`, "ms"),
      ),
    ],
  };
}

/** A Keyturn with so many people. */
async function open(stage: Stage, size: keyof typeof SIZES) {
  const schema = `growth_${size}`;
  const keyturn = await startKeyturn(stage, schema);
  const sql = connectTo(await stage.postgres(), schema);
  const people = SIZES[size];
  const seconds = await fill(sql, people);
  console.log(`${people.toLocaleString("en")} people: ${number(seconds)} s to write, ${await sizeOf(sql)}`);
  const token = (): Ask => ({
    url: `${keyturn.url}/api/auth/token`,
    method: "GET",
    headers: {
      authorization: `Bearer ${signedSession(sessionTokenOf(1 + Math.floor(Math.random() * people * SESSIONS_EACH)))}`,
    },
  });
  return {
    url: keyturn.url,
    sql,
    /** The median of a while, in milliseconds. */
    async askTokens(whileSeconds: number): Promise<number> {
      const answers = await keepAsking(AT_ONCE, whileSeconds, token);
      const other = answers.find(({ status }) => status !== 200);
      if (other !== undefined) throw new Error(`expected a token, got ${other.status}`);
      return percentile(latenciesOf(answers), 0.5);
    },
    async [Symbol.asyncDispose]() {
      await sql.end();
      await keyturn[Symbol.asyncDispose]();
    },
  };
}
