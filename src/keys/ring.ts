/**
 * The key ring of one replica: signs and publishes from memory, keeps its snapshot fresh (NOTIFY as wake-up, a poll
 * as truth), turns due keys, and stops signing when it no longer knows whether its keys are still good.
 * The private half of a key exists here and nowhere else.
 */
import type { Actor } from "../audit/audit.ts";
import type { Connections, Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import { AppError } from "../errors.ts";
import type { Logger } from "../logger.ts";
import type { Algorithm } from "../settings.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { JwksDocument } from "./jwks.ts";
import type { KeyPolicy, PublicJwk } from "./key.ts";
import { nextTransitionAt, planTransitions } from "./lifecycle.ts";
import type { Revocation, RevocationRequest } from "./revocation.ts";
import { revokeKey } from "./revoke.ts";
import { rotateKeys } from "./rotate.ts";
import type { Rotation } from "./rotation.ts";
import { wrongKey } from "./seal-check.ts";
import type { Sealer } from "./sealing.ts";
import { createSigner } from "./sign.ts";
import {
  buildSnapshot,
  defaultSigningKeyAt,
  isOpen,
  type OpenKey,
  type Snapshot,
  signingKeyAt,
} from "./snapshot.ts";
import { createSpares } from "./spares.ts";
import { readDatabaseTime, readLiveKeys } from "./store.ts";
import { createTally, type KeyTally } from "./tally.ts";
import { KEYS_CHANNEL, turnDueKeys } from "./turn.ts";

/** Short enough that a revocation is heard of within a second even when no notification comes through. */
const POLL_MS = 500;
const LOAD_PATIENCE_MS = 2_000;
/** Replicas do not all reach for the lock at the same moment. Late is harmless: keys sign by their stored times. */
const JITTER_MS = 100;
/** A server that has just started has better things to do than to look for RSA keys. */
const SPARES_AFTER_MS = 5_000;

interface SignOptions {
  /** `typ` of the JWS header: `JWT` or `at+jwt`. */
  readonly typ: string;
  /** Default: the first of `KEY_ALGORITHMS` that has a key. */
  readonly alg?: Algorithm;
}

interface RotateOptions {
  /** Default: all of `KEY_ALGORITHMS`. */
  readonly alg?: Algorithm | undefined;
  readonly emergency: boolean;
  /** On the clock of `now()`: a key that took over since is the answer, not one more turn. */
  readonly requestedAt: number;
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
  /** Throws `unavailable` (503) when it cannot. */
  assertCanSign(): void;
  /** Reads the keys again, and turns those that are due. */
  refresh(): Promise<void>;
  rotate(actor: Actor, options: RotateOptions): Promise<Rotation[]>;
  /** Throws `not_found` for a kid that never was. */
  revoke(actor: Actor, request: RevocationRequest): Promise<Revocation>;
  tally(): KeyTally;
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
  const openedAt = performance.now();
  const spares = createSpares();
  const turnParts = { db: connections.keys, sealer, policy, spares };
  const tally = createTally(policy);
  let loaded: Loaded | undefined;

  const load = async (): Promise<void> => {
    const askedAt = performance.now();
    const [keys, time] = await Promise.all([readLiveKeys(db), readClock(db)]);
    // Of two loads under way the one that asked later knows more, whichever is answered last.
    if (loaded !== undefined && loaded.askedAt > askedAt) return;
    const snapshot = buildSnapshot(keys, sealer, loaded?.snapshot);
    if (loaded !== undefined) warnOfSealProblem(snapshot, loaded.snapshot);
    tally.loaded({ askedAt, answeredAt: performance.now() });
    loaded = { snapshot, time, askedAt };
  };
  const warnOfSealProblem = ({ sealProblem }: Snapshot, previous: Snapshot) => {
    if (sealProblem === undefined || sealProblem.message === previous.sealProblem?.message) return;
    logger.error({ err: sealProblem }, "a signing key cannot be opened: this server turns no keys");
  };

  const current = () => {
    if (loaded === undefined) throw new Error("the key ring was used before it was opened");
    return loaded;
  };
  const age = () => performance.now() - current().askedAt;
  const now = () => Math.floor(current().time.database + performance.now() - current().time.process);

  let turning: Promise<void> | undefined;
  /** One turn at a time: others of this replica could only wait for the same lock. */
  const turnIfDue = (): Promise<void> => {
    const { snapshot } = current();
    // What it sealed, servers with all versions could not open.
    if (snapshot.sealProblem !== undefined) return Promise.resolve();
    if (planTransitions(snapshot.keys, policy, now()).length === 0) return Promise.resolve();
    turning ??= turnDueKeys(turnParts)
      .then((written) => {
        tally.turned(written);
        return load();
      })
      .finally(() => {
        turning = undefined;
      });
    return turning;
  };
  const refresh = async () => {
    await load();
    await turnIfDue();
  };
  // Sealing is checked before anything is written: with the wrong key-encryption key nothing may change.
  await load();
  const { sealProblem } = current().snapshot;
  if (sealProblem !== undefined) throw wrongKey(sealProblem);
  await refresh();

  const sign = createSigner();
  const chooseKey = (alg: Algorithm | undefined): OpenKey | undefined => {
    if (age() >= policy.snapshotMaxAge) return undefined;
    const { signingKeys } = current().snapshot;
    const key =
      alg === undefined
        ? defaultSigningKeyAt(signingKeys, policy.algorithms, now())
        : signingKeyAt(signingKeys, alg, now());
    return key !== undefined && isOpen(key) ? key : undefined;
  };

  const signingKey = (alg: Algorithm | undefined): OpenKey => {
    const key = chooseKey(alg);
    if (key !== undefined) return key;
    throw new AppError("unavailable", "Tokens cannot be signed right now; try again shortly.", {
      retryAfter: 5,
    });
  };

  const trouble = createTroubleLog(logger);
  const report = (error: unknown) =>
    trouble.report(error, { snapshotAge: age(), isFenced: age() >= policy.snapshotMaxAge });
  const reportTurn = (error: unknown) =>
    logger.warn({ err: error }, "keys that are due could not be turned; tried again soon");
  const heartbeat = startHeartbeat({
    pause() {
      const untilDue = (nextTransitionAt(current().snapshot.keys) ?? Number.POSITIVE_INFINITY) - now();
      return untilDue > 0 ? Math.min(POLL_MS, untilDue + Math.random() * JITTER_MS) : POLL_MS;
    },
    async run() {
      try {
        // A connection that hangs must not use up the time that another one has; nor must a turn, which goes on by itself.
        await withinDeadline(load(), Math.min(LOAD_PATIENCE_MS, policy.snapshotMaxAge / 3));
        trouble.over();
        turnIfDue().catch(reportTurn);
        if (performance.now() - openedAt > SPARES_AFTER_MS)
          spares.prepare(policy.algorithms).catch(reportTurn);
      } catch (error) {
        report(error);
      }
    },
  });
  try {
    await connections.listen(KEYS_CHANNEL, () => void heartbeat.wake());
  } catch (error) {
    await heartbeat.stop();
    throw error;
  }

  return {
    now,
    refresh,
    canSign: () => chooseKey(undefined) !== undefined,
    assertCanSign: () => void signingKey(undefined),
    jwks: () => current().snapshot.jwks,
    publicKeys: () => current().snapshot.publicKeys,
    tally: () =>
      tally.read({
        at: performance.now(),
        now: now(),
        keys: current().snapshot.keys,
        canSign: chooseKey(undefined) !== undefined,
      }),
    sign(claims, { typ, alg }) {
      const key = signingKey(alg);
      tally.signed(key.kid);
      return sign(key, typ, claims);
    },
    async rotate(actor, { alg, ...request }) {
      const algorithms = alg === undefined ? policy.algorithms : [alg];
      const { rotations, written } = await rotateKeys(turnParts, actor, { algorithms, ...request });
      tally.turned(written);
      await load();
      return rotations;
    },
    async revoke(actor, request) {
      const { revocation, written } = await revokeKey(turnParts, actor, request);
      tally.turned(written);
      await load();
      return revocation;
    },
    async close() {
      await heartbeat.stop();
      await turning?.catch(() => undefined);
    },
  };
}

interface Loaded {
  readonly snapshot: Snapshot;
  /** The database's clock, and this process's monotonic one when it was read: carried on, never ahead of it. */
  readonly time: { readonly database: number; readonly process: number };
  /** On the monotonic clock: how old the snapshot may be at most. */
  readonly askedAt: number;
}

async function readClock(db: Database): Promise<Loaded["time"]> {
  return { database: await readDatabaseTime(db), process: performance.now() };
}

/** Says when it begins, when it has lasted so long that nothing is signed any more, and when it is over. */
function createTroubleLog(logger: Logger) {
  let said: "unread" | "fenced" | undefined;
  return {
    report(error: unknown, { snapshotAge, isFenced }: { snapshotAge: number; isFenced: boolean }): void {
      const now = isFenced ? "fenced" : "unread";
      if (said === now) return;
      said = now;
      const line = { err: error, snapshotAgeMs: Math.round(snapshotAge) };
      if (isFenced) logger.error(line, "the signing keys could not be read for too long: nothing is signed");
      else logger.warn(line, "the signing keys could not be read");
    },
    over(): void {
      if (said !== undefined) logger.info("the signing keys can be read again");
      said = undefined;
    },
  };
}
