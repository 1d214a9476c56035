/**
 * The key ring of one replica: signs and publishes from memory, keeps its snapshot fresh (NOTIFY as wake-up, a poll
 * as truth), turns due keys, and stops signing when it no longer knows whether its keys are still good.
 * The private half of a key exists here and nowhere else.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Actor } from "../audit/audit.ts";
import type { Connections } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { AppError, StartupError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Algorithm } from "../settings.ts";
import type { JwksDocument } from "./jwks.ts";
import type { KeyPolicy, PublicJwk } from "./key.ts";
import type { Rotation } from "./lifecycle.ts";
import { type Sealer, UnsealError } from "./sealing.ts";
import { createSigner } from "./sign.ts";
import { buildSnapshot, defaultSigningKeyAt, type Snapshot, signingKeyAt } from "./snapshot.ts";
import { readDatabaseTime, readLiveKeys } from "./store.ts";
import { KEYS_CHANNEL, rotateKeys, turnDueKeys } from "./turn.ts";

const POLL_MS = 2_000;

interface SignOptions {
  /** `typ` of the JWS header: `JWT` or `at+jwt`. */
  readonly typ: string;
  /** Default: the first of `KEY_ALGORITHMS` that has a key. */
  readonly alg?: Algorithm;
}

export interface KeyRing {
  /** A compact JWS over `claims`. Throws `unavailable` (503) while the snapshot is too old to be trusted. */
  sign(claims: object, options: SignOptions): string;
  /** The database's time, in milliseconds, carried on by this process's monotonic clock. */
  now(): number;
  /** Works with the database down. */
  jwks(): JwksDocument;
  publicKeys(): readonly PublicJwk[];
  /** Whether this replica has a key to sign with, and knows that it still may. */
  canSign(): boolean;
  /** Reads the keys again, and turns those that are due. */
  refresh(): Promise<void>;
  rotate(actor: Actor, request: { alg?: Algorithm | undefined; emergency: boolean }): Promise<Rotation[]>;
  close(): Promise<void>;
}

export interface RingParts {
  readonly connections: Connections;
  readonly sealer: Sealer;
  readonly policy: KeyPolicy;
  readonly logger: Logger;
}

/** Makes the first keys if there are none. A key-encryption key that does not fit refuses the start. */
export async function openKeyRing({ connections, sealer, policy, logger }: RingParts): Promise<KeyRing> {
  const db = connections.tokens;
  const turnParts = { db, sealer, policy };
  const closing = new AbortController();
  let loaded: Loaded | undefined;

  const load = async () => {
    const askedAt = performance.now();
    const [keys, databaseTime] = await Promise.all([readLiveKeys(db), readDatabaseTime(db)]);
    // Of two loads under way the one that asked later knows more, whichever is answered last.
    if (loaded !== undefined && loaded.askedAt > askedAt) return;
    const snapshot = buildSnapshot(keys, sealer, loaded?.snapshot);
    loaded = { snapshot, databaseTime, askedAt, answeredAt: performance.now() };
  };
  // Sealing is checked before anything is written: with the wrong key-encryption key nothing may change.
  await load().catch(refuseWrongKey);
  const refresh = async () => {
    await turnDueKeys(turnParts);
    await load();
  };
  await refresh();

  const current = () => {
    if (loaded === undefined) throw new Error("the key ring was used before it was opened");
    return loaded;
  };
  const age = () => performance.now() - current().askedAt;
  const now = () => Math.floor(current().databaseTime + performance.now() - current().answeredAt);
  const isFresh = () => age() < policy.snapshotMaxAge;
  const sign = createSigner();
  const chooseKey = (alg: Algorithm | undefined) => {
    const { signingKeys } = current().snapshot;
    return alg === undefined
      ? defaultSigningKeyAt(signingKeys, policy.algorithms, now())
      : signingKeyAt(signingKeys, alg, now());
  };

  const refreshOrWarn = async () => {
    try {
      await withinDeadline(refresh(), policy.snapshotMaxAge);
    } catch (error) {
      if (closing.signal.aborted) return;
      logger.warn({ err: error, snapshotAgeMs: Math.round(age()) }, "the signing keys could not be read");
    }
  };
  const wakeUp = createSingleFlight(refreshOrWarn);
  await connections.listen(KEYS_CHANNEL, () => void wakeUp());
  const polling = pollUntil(closing.signal, wakeUp);

  return {
    now,
    canSign: () => isFresh() && chooseKey(undefined) !== undefined,
    refresh,
    jwks: () => current().snapshot.jwks,
    publicKeys: () => current().snapshot.publicKeys,
    sign(claims, { typ, alg }) {
      const key = isFresh() ? chooseKey(alg) : undefined;
      if (key !== undefined) return sign(key, typ, claims);
      throw new AppError("unavailable", "Tokens cannot be signed right now; try again shortly.", {
        retryAfter: 5,
      });
    },
    async rotate(actor, { alg, emergency }) {
      const algorithms = alg === undefined ? policy.algorithms : [alg];
      const rotations = await rotateKeys(turnParts, actor, { algorithms, emergency });
      await load();
      return rotations;
    },
    async close() {
      closing.abort();
      await Promise.all([polling, wakeUp.idle()]);
    },
  };
}

interface Loaded {
  readonly snapshot: Snapshot;
  readonly databaseTime: number;
  /** On this process's monotonic clock: how old the snapshot may be at most … */
  readonly askedAt: number;
  /** … and what `databaseTime` is counted on from: never ahead of the database. */
  readonly answeredAt: number;
}

interface SingleFlight {
  (): Promise<void>;
  /** Resolves when nothing runs. */
  idle(): Promise<void>;
}

/** Runs one at a time; a call during a run makes it run once more, since that run may have read too early. */
function createSingleFlight(run: () => Promise<void>): SingleFlight {
  let running: Promise<void> | undefined;
  let again = false;
  const start = async () => {
    do {
      again = false;
      await run();
    } while (again);
    running = undefined;
  };
  const call = () => {
    if (running !== undefined) again = true;
    running ??= start();
    return running;
  };
  return Object.assign(call, { idle: async () => running });
}

async function pollUntil(signal: AbortSignal, run: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await sleep(POLL_MS, undefined, { signal, ref: false }).catch(() => undefined);
    if (!signal.aborted) await run();
  }
}

function refuseWrongKey(error: unknown): never {
  if (!(error instanceof UnsealError)) throw error;
  throw new StartupError(
    `the signing keys cannot be unsealed: ${error.message}`,
    "start with the KEY_ENCRYPTION_KEYS this database was used with (all versions still in use); nothing was changed",
  );
}
