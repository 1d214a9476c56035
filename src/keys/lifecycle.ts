/**
 * What should happen to the keys now: pure decisions, data and `now` in, transitions out. Applying them is `turn.ts`.
 * Plans settle: applied and asked again at the same `now`, at most retirements that are already due are left.
 */
import type { Algorithm } from "../settings.ts";
import { type Key, type KeyPolicy, verifyingPeriod } from "./key.ts";

export type Transition =
  /** A new key. The very first of an installation (`first`) signs at once: nobody has cached anything yet. */
  | {
      readonly type: "announce";
      readonly alg: Algorithm;
      readonly activatesAt: number;
      readonly first: boolean;
    }
  | {
      readonly type: "reschedule";
      readonly kid: string;
      readonly alg: Algorithm;
      readonly activatesAt: number;
    }
  | {
      readonly type: "activate";
      readonly kid: string;
      readonly alg: Algorithm;
      readonly at: number;
      readonly emergency: boolean;
    }
  | {
      readonly type: "supersede";
      readonly kid: string;
      readonly alg: Algorithm;
      readonly at: number;
      readonly retiresAt: number;
    }
  | { readonly type: "retire"; readonly kid: string; readonly alg: Algorithm };

/** What is due at `now`, in the order it must be written. */
export function planTransitions(keys: readonly Key[], policy: KeyPolicy, now: number): Transition[] {
  if (keys.length === 0) return policy.algorithms.flatMap((alg) => bootstrap(alg, policy, now));
  const advances = policy.algorithms.flatMap((alg) => advance(keys, alg, policy, now));
  const hasSuccessor =
    advances.some(({ type }) => type === "activate") ||
    policy.algorithms.some((alg) => findKey(keys, alg, "signing") !== undefined);
  return [
    ...advances,
    ...(hasSuccessor ? leaveAlgorithms(keys, policy, now) : []),
    ...keys.flatMap((key): Transition[] =>
      key.state === "verifying" && key.retiresAt <= now
        ? [{ type: "retire", kid: key.kid, alg: key.alg }]
        : [],
    ),
  ];
}

/** The answer to "rotate": for each algorithm the standby takes over now, or at the earliest safe time. */
export interface Rotation {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly activatesAt: number;
  readonly done: boolean;
}

export interface RotationRequest {
  readonly algorithms: readonly Algorithm[];
  /** Does not wait until every cache has seen the standby. */
  readonly emergency: boolean;
}

/** A standby never starts to sign before it was public for the announce period, an emergency aside. */
export function planRotation(
  keys: readonly Key[],
  policy: KeyPolicy,
  now: number,
  { algorithms, emergency }: RotationRequest,
): { transitions: Transition[]; rotations: Rotation[] } {
  const transitions: Transition[] = [];
  const rotations: Rotation[] = [];
  for (const alg of algorithms) {
    const standby = findKey(keys, alg, "announced");
    if (standby === undefined) continue;
    const { kid } = standby;
    const safeAt = standby.announcedAt + policy.announcePeriod;
    const done = emergency || safeAt <= now;
    const activatesAt = done ? now : Math.min(safeAt, standby.activatesAt);
    if (done) transitions.push(...handOver(keys, standby, policy, now, { at: now, emergency: safeAt > now }));
    else if (activatesAt < standby.activatesAt)
      transitions.push({ type: "reschedule", kid, alg, activatesAt });
    rotations.push({ alg, kid, activatesAt, done });
  }
  return { transitions, rotations };
}

function bootstrap(alg: Algorithm, policy: KeyPolicy, now: number): Transition[] {
  return [
    { type: "announce", alg, activatesAt: now, first: true },
    { type: "announce", alg, activatesAt: nextActivation(policy, now, now), first: false },
  ];
}

/** One algorithm of a running installation: hand over when the time has come, keep a standby at all times. */
function advance(keys: readonly Key[], alg: Algorithm, policy: KeyPolicy, now: number): Transition[] {
  const standby = findKey(keys, alg, "announced");
  if (standby !== undefined) {
    const due = standby.activatesAt <= now;
    return due ? handOver(keys, standby, policy, now, { at: standby.activatesAt, emergency: false }) : [];
  }
  const signing = findKey(keys, alg, "signing");
  const activatesAt =
    signing === undefined ? now + policy.announcePeriod : nextActivation(policy, signing.activatesAt, now);
  return [{ type: "announce", alg, activatesAt, first: false }];
}

function handOver(
  keys: readonly Key[],
  standby: Key,
  policy: KeyPolicy,
  now: number,
  { at, emergency }: { at: number; emergency: boolean },
): Transition[] {
  const { kid, alg } = standby;
  const signing = findKey(keys, alg, "signing");
  return [
    ...(signing === undefined ? [] : [supersede(signing, policy, at)]),
    { type: "activate", kid, alg, at, emergency },
    { type: "announce", alg, activatesAt: nextActivation(policy, at, now), first: false },
  ];
}

/**
 * Algorithms taken out of the configuration, once one that is in it signs. Their standby goes through verifying as
 * well: a replica that has not heard yet may sign with it if its time comes meanwhile. Nothing leaves before its
 * newest key was public for the announce period, so that replicas which disagree while a change is rolled out do not
 * announce and drop keys in turns.
 */
function leaveAlgorithms(keys: readonly Key[], policy: KeyPolicy, now: number): Transition[] {
  const leaving = keys.filter(
    ({ alg, state }) => !policy.algorithms.includes(alg) && (state === "announced" || state === "signing"),
  );
  const isSettled = (alg: Algorithm) =>
    leaving.every((key) => key.alg !== alg || key.announcedAt + policy.announcePeriod <= now);
  return leaving.filter(({ alg }) => isSettled(alg)).map((key) => supersede(key, policy, now));
}

const supersede = ({ kid, alg }: Key, policy: KeyPolicy, at: number): Transition => ({
  type: "supersede",
  kid,
  alg,
  at,
  retiresAt: at + verifyingPeriod(policy),
});

/** One rotation period after the last activation, yet never before the announce period has passed from now. */
const nextActivation = (policy: KeyPolicy, lastActivation: number, now: number): number =>
  Math.max(now + policy.announcePeriod, lastActivation + policy.rotationPeriod);

const findKey = (keys: readonly Key[], alg: Algorithm, state: "announced" | "signing"): Key | undefined =>
  keys.find((key) => key.alg === alg && key.state === state);
