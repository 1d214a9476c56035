/**
 * Whether the time of an answer tells a stranger which addresses have an account: known and unknown ones in random order,
 * one after the other, each once. That signing up with a taken address is refused is no secret; when it is, still may not
 * differ.
 */
import { addressOf, CROWD_PASSWORD, connectTo, gatherCrowd } from "../crowd.ts";
import { startKeyturn } from "../launch.ts";
import { send } from "../open-loop.ts";
import type { Row } from "../row.ts";
import type { Stage } from "../stage.ts";
import { compare, type Difference } from "../timing/compare.ts";
import { number, type Verdict, within } from "../verdict.ts";

export const timing: Row = {
  name: "timing",
  about: "known against unknown addresses, by the time of the answer",
  run,
};

/** Of each kind. Chance alone makes a delta beyond the goal once in a hundred times. */
const TIMES = 200;
const GOAL = 0.15;
const WARM_UP = 20;
const SCHEMA = "timing";

interface Way {
  readonly name: string;
  readonly path: string;
  readonly body: (email: string) => object;
  /** What a known and an unknown address is answered. */
  readonly statuses: readonly [known: number, unknown: number];
}

const WAYS: readonly Way[] = [
  {
    name: "sign-in, wrong password",
    path: "/sign-in/email",
    body: (email) => ({ email, password: "not this horse, not that battery" }),
    statuses: [401, 401],
  },
  {
    name: "password reset",
    path: "/request-password-reset",
    body: (email) => ({ email, redirectTo: "/" }),
    statuses: [200, 200],
  },
  {
    name: "sign-up",
    path: "/sign-up/email",
    body: (email) => ({ email, password: CROWD_PASSWORD, name: "Ada" }),
    statuses: [422, 200],
  },
];

async function run(stage: Stage) {
  await using keyturn = await startKeyturn(stage, SCHEMA);
  const sql = connectTo(await stage.postgres(), SCHEMA);
  const each = TIMES + WARM_UP;
  await gatherCrowd(sql, each);
  await sql.end();
  const verdicts: Verdict[] = [];
  for (const [at, way] of WAYS.entries()) {
    // Beyond the crowd, and others each time: signing up makes them known.
    const unknown = (at + 1) * each;
    await timeInTurn(keyturn.url, way, 1, unknown + 1, WARM_UP);
    const times = await timeInTurn(keyturn.url, way, WARM_UP + 1, unknown + WARM_UP + 1, TIMES);
    const difference = compare(times.known, times.unknown);
    console.log(`\n${describe(way.name, difference)}`);
    verdicts.push(within(`${way.name}: |Cliff's delta|`, Math.abs(difference.delta), `≤ ${GOAL}`, ""));
  }
  return { verdicts };
}

async function timeInTurn(url: string, way: Way, firstKnown: number, firstUnknown: number, times: number) {
  const ask = async (first: number, count: number, expected: number) => {
    const { status, milliseconds } = await send({
      url: `${url}/api/auth${way.path}`,
      method: "POST",
      headers: { "content-type": "application/json", origin: url },
      body: JSON.stringify(way.body(addressOf(first + count))),
    });
    if (status !== expected) throw new Error(`${way.name}: expected ${expected}, got ${status}`);
    return milliseconds;
  };
  const known: number[] = [];
  const unknown: number[] = [];
  for (const isKnown of shuffled(times)) {
    if (isKnown) known.push(await ask(firstKnown, known.length, way.statuses[0]));
    else unknown.push(await ask(firstUnknown, unknown.length, way.statuses[1]));
  }
  return { known, unknown };
}

/** As many of each, in an order nobody has chosen. */
const shuffled = (times: number): boolean[] =>
  Array.from({ length: 2 * times }, (_, at) => ({ isKnown: at % 2 === 0, place: Math.random() }))
    .toSorted((one, other) => one.place - other.place)
    .map(({ isKnown }) => isKnown);

const describe = (name: string, { medians, interval, delta, p }: Difference): string =>
  `${name}: medians ${medians.map(number).join(" and ")} ms, difference ${interval.map((ms) => ms.toFixed(2)).join(" to ")} ms (95 %), Cliff's delta ${delta.toFixed(3)}, p ${p.toFixed(3)}`;
