/**
 * Turns the keys: writes what `lifecycle.ts` decided, in one transaction under an advisory lock, with its audit
 * events, and wakes the other replicas. Keys are generated before the lock is taken.
 */
import { sql } from "drizzle-orm";
import { type Actor, type AuditEvent, record, SCHEDULER } from "../audit/audit.ts";
import type { Database, Transaction } from "../db/database.ts";
import { KEYS_LOCK } from "../db/locks.ts";
import type { Algorithm } from "../settings.ts";
import { type GeneratedKey, generateKey } from "./generate.ts";
import type { Key, KeyPolicy } from "./key.ts";
import {
  planRotation,
  planTransitions,
  type Rotation,
  type RotationRequest,
  type Transition,
} from "./lifecycle.ts";
import type { Sealer } from "./sealing.ts";
import { insertKey, readDatabaseTime, readLiveKeys, updateKey } from "./store.ts";

export const KEYS_CHANNEL = "keyturn_keys";

export interface TurnParts {
  readonly db: Database;
  readonly sealer: Sealer;
  readonly policy: KeyPolicy;
}

/** Does what is due; cheap when nothing is. Returns what it did. */
export async function turnDueKeys(parts: TurnParts): Promise<readonly Transition[]> {
  const decide: Decide<undefined> = (keys, now) => ({
    transitions: planTransitions(keys, parts.policy, now),
    answer: undefined,
  });
  const due = decide(await readKeys(parts.db), await readDatabaseTime(parts.db)).transitions;
  return due.length === 0 ? [] : (await turn(parts, SCHEDULER, decide)).transitions;
}

/** The operator's "rotate". Of requests that race, one turns the keys and the others get its answer. */
export async function rotateKeys(
  parts: TurnParts,
  actor: Actor,
  request: RotationRequest,
): Promise<Rotation[]> {
  const seen = new Set(signingKids(await readKeys(parts.db)));
  const { answer } = await turn(parts, actor, (keys, now) => {
    const turned = keys.filter((key) => key.state === "signing" && !seen.has(key.kid));
    const open = request.algorithms.filter((alg) => !turned.some((key) => key.alg === alg));
    const { transitions, rotations } = planRotation(keys, parts.policy, now, {
      ...request,
      algorithms: open,
    });
    const already = turned
      .filter(({ alg }) => request.algorithms.includes(alg))
      .map(({ alg, kid, activatesAt }) => ({ alg, kid, activatesAt, done: true }));
    return { transitions, answer: [...rotations, ...already] };
  });
  return answer;
}

type Decide<Answer> = (keys: readonly Key[], now: number) => { transitions: Transition[]; answer: Answer };

async function turn<Answer>(parts: TurnParts, actor: Actor, decide: Decide<Answer>) {
  const expected = decide(await readKeys(parts.db), await readDatabaseTime(parts.db)).transitions;
  const spares = await generateFor(expected);
  return parts.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${KEYS_LOCK})`);
    const now = await readDatabaseTime(tx);
    const decided = decide(await readKeys(tx), now);
    const events: AuditEvent[] = [];
    for (const transition of decided.transitions) {
      events.push(await apply(tx, transition, { spares, sealer: parts.sealer, now }));
    }
    await record(tx, actor, events);
    if (events.length > 0) await tx.execute(sql`select pg_notify(${KEYS_CHANNEL}, '')`);
    return decided;
  });
}

const readKeys = async (db: Database | Transaction): Promise<Key[]> =>
  (await readLiveKeys(db)).map(({ key }) => key);

const signingKids = (keys: readonly Key[]): string[] =>
  keys.filter(({ state }) => state === "signing").map(({ kid }) => kid);

type Spares = Map<Algorithm, GeneratedKey[]>;

async function generateFor(transitions: readonly Transition[]): Promise<Spares> {
  const spares: Spares = new Map();
  const made = await Promise.all(
    transitions.flatMap((each) => (each.type === "announce" ? [generateKey(each.alg)] : [])),
  );
  for (const key of made) spares.set(key.alg, [...(spares.get(key.alg) ?? []), key]);
  return spares;
}

interface ApplyParts {
  readonly spares: Spares;
  readonly sealer: Sealer;
  readonly now: number;
}

/** Writes one transition and says so to the audit. A key beyond the expected ones is made on the spot. */
async function apply(
  tx: Transaction,
  transition: Transition,
  { spares, sealer, now }: ApplyParts,
): Promise<AuditEvent> {
  if (transition.type !== "announce") await updateKey(tx, transition);
  switch (transition.type) {
    case "announce": {
      const { alg, activatesAt, first } = transition;
      const made = spares.get(alg)?.pop() ?? (await generateKey(alg));
      await insertKey(tx, made, sealer, {
        state: first ? "signing" : "announced",
        announcedAt: now,
        activatesAt,
      });
      return {
        action: "key.announced",
        target: made.kid,
        detail: { alg, activatesAt: iso(activatesAt), first },
      };
    }
    case "reschedule": {
      const { kid, alg, activatesAt } = transition;
      return { action: "key.rescheduled", target: kid, detail: { alg, activatesAt: iso(activatesAt) } };
    }
    case "activate": {
      const { kid, alg, at, emergency } = transition;
      return { action: "key.activated", target: kid, detail: { alg, at: iso(at), emergency } };
    }
    case "supersede": {
      const { kid, alg, at, retiresAt } = transition;
      return {
        action: "key.superseded",
        target: kid,
        detail: { alg, at: iso(at), retiresAt: iso(retiresAt) },
      };
    }
    case "retire":
      return { action: "key.retired", target: transition.kid, detail: { alg: transition.alg } };
  }
}

const iso = (ms: number): string => new Date(ms).toISOString();
