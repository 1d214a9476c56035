/** The main scenario: keys turn by themselves, again and again, while every library verifies without a pause. */
import { setTimeout as sleep } from "node:timers/promises";
import type postgres from "postgres";
import type { Stage } from "../stage.ts";
import { type Client, type Counts, startClient } from "./clients.ts";
import { ALGORITHMS, type Installation, openInstallation, PERIODS } from "./installation.ts";

export interface RotationsOptions {
  /** Of each algorithm. */
  readonly rotations: number;
  /** Names of verifier libraries. */
  readonly libraries: readonly string[];
  /** `kill -9` of one replica after the other, every so many rotations. */
  readonly killEvery?: number;
  /** Clocks are off by up to CLOCK_SKEW, to both sides. */
  readonly skewed?: boolean;
  onProgress?(line: string): void;
}

export interface RotationsResult {
  readonly seconds: number;
  /** Keys that began to sign, of each algorithm. */
  readonly rotations: Readonly<Record<string, number>>;
  readonly emergencies: number;
  readonly kills: number;
  readonly clients: readonly (Counts & { readonly name: string; readonly clockOffset: number })[];
}

const LOOK_MS = 250;
const SAY_MS = 10_000;
/** A library that verifies RS256 alone sees no token of a key whose time was while the servers that use it were killed. */
const ENOUGH_KEYS = 0.7;

export async function proveRotations(stage: Stage, options: RotationsOptions): Promise<RotationsResult> {
  const { rotations, libraries, killEvery, skewed = false, onProgress = () => {} } = options;
  const spread = skewed ? PERIODS.clockSkew : 0;
  await using undo = new AsyncDisposableStack();
  const installation = undo.use(await openInstallation(stage, { clockOffsets: [spread, -spread, 0] }));
  const { front, sql } = installation;
  const clients: Client[] = [];
  for (const [index, name] of libraries.entries()) {
    const clockOffset = index % 2 === 0 ? spread : -spread;
    clients.push(undo.use(await startClient({ name, url: front.url, clockOffset })));
  }

  const before = await countTurns(sql);
  const start = performance.now();
  const killer = createKiller(installation, killEvery);
  let saidAt = start;
  for (;;) {
    const turns = least(await countTurns(sql), before);
    if (turns >= rotations) break;
    await killer.at(turns);
    if (performance.now() - saidAt > SAY_MS) {
      saidAt = performance.now();
      onProgress(`${turns} of ${rotations} rotations`);
    }
    await sleep(LOOK_MS);
  }
  await killer.idle();
  const counts = await Promise.all(
    clients.map(async (client) => ({
      ...(await client.counts()),
      name: client.name,
      clockOffset: client.clockOffset,
    })),
  );
  const after = await countTurns(sql);
  const [row] = await sql`
    select count(*)::int as count from audit_event
     where action = 'key.activated' and (detail->>'emergency')::boolean`;
  return {
    seconds: Math.round((performance.now() - start) / 1000),
    rotations: Object.fromEntries(ALGORITHMS.map((alg) => [alg, (after[alg] ?? 0) - (before[alg] ?? 0)])),
    emergencies: Number(row?.["count"]),
    kills: killer.count(),
    clients: counts,
  };
}

/** Whatever somebody should look at, in words; nothing when the proof holds. */
export const failuresOf = (
  { rotations, emergencies, clients }: RotationsResult,
  wanted: number,
): string[] => [
  ...Object.entries(rotations).flatMap(([alg, count]) =>
    count >= wanted ? [] : [`${alg} turned ${count} times`],
  ),
  ...(emergencies === 0 ? [] : [`${emergencies} keys signed before their time`]),
  ...clients.flatMap(({ name, failed, verified, kids, errors }) => [
    ...(failed === 0 ? [] : [`${name}: ${failed} failed: ${errors.join("; ")}`]),
    ...(verified === 0 ? [`${name} verified nothing`] : []),
    ...(kids >= wanted * ENOUGH_KEYS ? [] : [`${name} saw only ${kids} keys`]),
  ]),
];

async function countTurns(sql: postgres.Sql): Promise<Record<string, number>> {
  const rows = await sql<{ alg: string; count: number }[]>`
    select detail->>'alg' as alg, count(*)::int as count from audit_event
     where action = 'key.activated' group by 1`;
  return Object.fromEntries(rows.map(({ alg, count }) => [alg, count]));
}

const least = (now: Record<string, number>, before: Record<string, number>): number =>
  Math.min(...ALGORITHMS.map((alg) => (now[alg] ?? 0) - (before[alg] ?? 0)));

/** One replica after the other, never two at a time. */
function createKiller({ replicas }: Installation, every: number | undefined) {
  let [kills, lastAt] = [0, 0];
  let replacing: Promise<void> | undefined;
  return {
    async at(turns: number): Promise<void> {
      if (every === undefined || turns < lastAt + every || replacing !== undefined) return;
      lastAt = turns;
      const victim = replicas[kills % replicas.length];
      kills += 1;
      replacing = victim?.replace().finally(() => {
        replacing = undefined;
      });
    },
    count: () => kills,
    idle: async () => replacing,
  };
}
