/**
 * Turns the keys: writes what was decided in one transaction under an advisory lock, with its audit events, and wakes
 * the other replicas. Decides nothing: `lifecycle.ts`, `rotation.ts` and `revocation.ts` do. Keys are made before the
 * lock is taken.
 */
import { sql } from "drizzle-orm";
import { type Actor, type AuditEvent, record, SCHEDULER } from "../audit/audit.ts";
import type { Database, Transaction } from "../db/database.ts";
import { KEYS_LOCK } from "../db/locks.ts";
import { AppError } from "../errors.ts";
import type { GeneratedKey } from "./generate.ts";
import type { Key, KeyPolicy } from "./key.ts";
import { planTransitions, type Transition } from "./lifecycle.ts";
import type { Sealer } from "./sealing.ts";
import type { Spares } from "./spares.ts";
import { insertKey, readDatabaseTime, readLiveKeys, type StoredKey, updateKey } from "./store.ts";

export const KEYS_CHANNEL = "keyturn_keys";

export interface TurnParts {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly policy: KeyPolicy;
  readonly spares: Spares;
}

/** One that was written; an announced key has its `kid` by now. */
export type Written = Transition & { readonly kid: string };

/** Does what is due. Returns what it did: nothing, if another replica was first. */
export async function turnDueKeys(parts: TurnParts): Promise<readonly Written[]> {
  const { written } = await turn(parts, SCHEDULER, (keys, now) => ({
    transitions: planTransitions(keys, parts.policy, now),
    answer: undefined,
  }));
  return written;
}

/** Called twice, before the lock to know how many keys will be needed and under it for good; so it has no effects. */
export type Decide<Answer> = (
  keys: readonly Key[],
  now: number,
) => { readonly transitions: readonly Transition[]; readonly answer: Answer };

/** `read` says which keys the decision needs to see. */
export async function turn<Answer>(
  parts: TurnParts,
  actor: Actor,
  decide: Decide<Answer>,
  read: (db: Database | Transaction) => Promise<StoredKey[]> = readLiveKeys,
): Promise<{ answer: Answer; written: readonly Written[] }> {
  const look = async (db: Database | Transaction) => {
    const stored = await read(db);
    refuseForeignSeals(stored, parts.sealer);
    const now = await readDatabaseTime(db);
    return {
      ...decide(
        stored.map(({ key }) => key),
        now,
      ),
      now,
    };
  };
  const { spares, sealer } = parts;
  const needed = (await look(parts.db)).transitions.filter(({ type }) => type === "announce");
  const fresh = await Promise.all(needed.map(({ alg }) => spares.take(alg)));
  try {
    return await withKeysLocked(parts.db, async (tx) => {
      const { transitions, answer, now } = await look(tx);
      const written: Written[] = [];
      for (const transition of transitions) {
        written.push({ ...transition, kid: await write(tx, transition, { fresh, spares, sealer, now }) });
      }
      await record(tx, actor, written.map(toEvent));
      if (written.length > 0) await announceChange(tx);
      return { answer, written };
    });
  } finally {
    for (const unused of fresh) spares.keep(unused);
  }
}

/** What this process sealed, servers with all versions could not open, once they have dropped the old ones. */
function refuseForeignSeals(stored: readonly StoredKey[], sealer: Sealer): void {
  for (const { sealedPrivateKey } of stored) {
    const cause = sealedPrivateKey === null ? undefined : sealer.lacks(sealedPrivateKey);
    if (cause === undefined) continue;
    throw new AppError(
      "unavailable",
      "This server lacks a version of KEY_ENCRYPTION_KEYS; ask another one.",
      {
        cause,
      },
    );
  }
}

/**
 * One transaction at a time changes keys, whichever replica or command it is of. Nobody waits for long, and who has the
 * lock and freezes loses it.
 */
export const withKeysLocked = <T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> =>
  db.transaction(async (tx) => {
    await tx.execute(sql`set local lock_timeout = '5s'`);
    await tx.execute(sql`set local idle_in_transaction_session_timeout = '10s'`);
    await tx.execute(sql`select pg_advisory_xact_lock(${KEYS_LOCK})`);
    return work(tx);
  });

interface WriteParts extends Pick<TurnParts, "spares" | "sealer"> {
  /** What was made for this turn; a key that is used is taken out. */
  readonly fresh: GeneratedKey[];
  readonly now: number;
}

/** Returns the kid. A key beyond the expected ones is made on the spot. */
async function write(
  tx: Transaction,
  transition: Transition,
  { fresh, spares, sealer, now }: WriteParts,
): Promise<string> {
  if (transition.type !== "announce") {
    await updateKey(tx, transition);
    return transition.kid;
  }
  const { alg, activatesAt, signsAtOnce, verifyingPeriod } = transition;
  const at = fresh.findIndex((key) => key.alg === alg);
  const made = at === -1 ? await spares.take(alg) : fresh.splice(at, 1)[0];
  if (made === undefined) throw new Error("a key was not made");
  const state = signsAtOnce ? "signing" : "announced";
  await insertKey(tx, made, sealer, { state, announcedAt: now, activatesAt, verifyingPeriod });
  return made.kid;
}

/** Wakes every server, once this transaction is committed. */
export const announceChange = async (tx: Transaction): Promise<void> =>
  void (await tx.execute(sql`select pg_notify(${KEYS_CHANNEL}, '')`));

export function toEvent(transition: Written): AuditEvent {
  const { kid: target, alg } = transition;
  switch (transition.type) {
    case "announce": {
      const { activatesAt, signsAtOnce } = transition;
      return { action: "key.announced", target, detail: { alg, activatesAt: iso(activatesAt), signsAtOnce } };
    }
    case "reschedule":
      return {
        action: "key.rescheduled",
        target,
        detail: { alg, activatesAt: iso(transition.activatesAt) },
      };
    case "prolong":
      return {
        action: "key.prolonged",
        target,
        detail: { alg, verifyingPeriodMs: transition.verifyingPeriod },
      };
    case "activate": {
      const { at, emergency } = transition;
      return { action: "key.activated", target, detail: { alg, at: iso(at), emergency } };
    }
    case "supersede": {
      const { at, retiresAt } = transition;
      return { action: "key.superseded", target, detail: { alg, at: iso(at), retiresAt: iso(retiresAt) } };
    }
    case "retire":
      return { action: "key.retired", target, detail: { alg } };
    case "revoke": {
      const { was, reason } = transition;
      return { action: "key.revoked", target, detail: { alg, was, reason } };
    }
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
