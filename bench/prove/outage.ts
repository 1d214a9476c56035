/**
 * Postgres is stopped under load and started again: keys stay public, nothing is signed once the snapshot is too old,
 * and all goes on by itself, with no key made twice.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Stage } from "../stage.ts";
import { type Installation, openInstallation, type Replica } from "./installation.ts";

export interface Outage {
  readonly seconds: number;
  readonly jwks: { readonly asked: number; readonly failed: number };
  /** Tokens given and refused while Postgres was away. */
  readonly tokens: { readonly given: number; readonly refused: number; readonly withoutRetryAfter: number };
  /** Seconds from the stop until each replica said that it does not sign any more. */
  readonly fencedAfter: readonly number[];
  /** Seconds from the start until each replica gave a token again. */
  readonly backAfter: readonly number[];
  /** Keys made while Postgres was away or just after, beyond one for each turn that was due. */
  readonly keysTooMany: number;
}

export interface OutageOptions {
  readonly seconds: number;
  readonly snapshotMaxAge: string;
}

const PAUSE_MS = 50;
const PATIENCE_MS = 60_000;

export async function proveOutage(stage: Stage, { seconds, snapshotMaxAge }: OutageOptions): Promise<Outage> {
  await using installation = await openInstallation(stage, {
    settings: {
      LOG_LEVEL: "error",
      KEY_SNAPSHOT_MAX_AGE: snapshotMaxAge,
      JWKS_MAX_AGE: "1s",
      VERIFIER_CACHE_MAX_AGE: "1s",
      CLOCK_SKEW: "1s",
      KEY_ANNOUNCE_PERIOD: "3s",
      // A turn falls into the outage, and is due when Postgres is back.
      KEY_ROTATION_PERIOD: "20s",
    },
  });
  const { replicas, administrator } = installation;
  const jwks = { asked: 0, failed: 0 };
  const tokens = { given: 0, refused: 0, withoutRetryAfter: 0 };
  let away = false;
  const working = new AbortController();
  const askForJwks = async ({ url }: Replica) => {
    jwks.asked += 1;
    const answer = await fetch(`${url}/.well-known/jwks.json`).catch(() => undefined);
    if (answer === undefined || !(await answer.text()).includes('"kid"')) jwks.failed += 1;
  };
  const askForToken = async ({ url }: Replica) => {
    const answer = await fetch(`${url}/api/auth/token`, { headers: { authorization: administrator } });
    await answer.body?.cancel();
    if (!away) return;
    if (answer.status === 200) tokens.given += 1;
    else if (answer.status !== 503 || answer.headers.get("retry-after") === null)
      tokens.withoutRetryAfter += 1;
    else tokens.refused += 1;
  };
  const load = replicas.flatMap((replica) =>
    [askForJwks, askForToken].map(async (ask) => {
      for (; !working.signal.aborted; await sleep(PAUSE_MS)) await ask(replica);
    }),
  );
  await sleep(1_000);

  await stage.stopPostgres();
  away = true;
  const stoppedAt = performance.now();
  const fencedAfter = await Promise.all(replicas.map((replica) => isFenced(replica, stoppedAt)));
  await sleep(seconds * 1000 - (performance.now() - stoppedAt));
  away = false;
  const before = performance.now();
  await stage.startPostgres();
  const backAfter = await Promise.all(replicas.map((replica) => givesToken(replica, administrator, before)));
  await sleep(3_000);
  working.abort();
  await Promise.all(load);
  return {
    seconds,
    jwks,
    tokens,
    fencedAfter,
    backAfter,
    keysTooMany: await countKeysTooMany(installation),
  };
}

const isFenced = ({ url }: Replica, since: number): Promise<number> =>
  waited(since, async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return /^keyturn_can_sign 0$/m.test(metrics);
  });

const givesToken = ({ url }: Replica, authorization: string, since: number): Promise<number> =>
  waited(since, async () => {
    const answer = await fetch(`${url}/api/auth/token`, { headers: { authorization } });
    await answer.body?.cancel();
    return answer.status === 200;
  });

async function waited(since: number, isTrue: () => Promise<boolean>): Promise<number> {
  for (
    const deadline = performance.now() + PATIENCE_MS;
    performance.now() < deadline;
    await sleep(PAUSE_MS)
  ) {
    if (await isTrue()) return (performance.now() - since) / 1000;
  }
  throw new Error("it did not happen in time");
}

/** Each key was announced at the first start or when another began to sign: one more for each turn. */
async function countKeysTooMany({ sql }: Installation): Promise<number> {
  const [row] = await sql`
    select count(*) filter (where action = 'key.announced')::int as made,
           count(*) filter (where action = 'key.activated')::int as turned
      from audit_event`;
  return Number(row?.["made"]) - Number(row?.["turned"]) - 4;
}
