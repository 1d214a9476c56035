/**
 * What should happen to the keys now: pure decisions, data and `now` in, transitions out. Applying them is `turn.ts`.
 * Plans settle: applied and asked again at the same `now`, at most retirements that are already due are left.
 */
import type { Algorithm } from "../settings.ts";
import { findKey, isUsable, type Key, type KeyPolicy, type UsableKey, verifyingPeriod } from "./key.ts";

export type Transition =
  /** A new key. With `signsAtOnce` nobody can know it yet: the first of an installation, or the last resort. */
  | {
      readonly type: "announce";
      readonly alg: Algorithm;
      readonly activatesAt: number;
      readonly signsAtOnce: boolean;
      readonly verifyingPeriod: number;
    }
  | Change<"reschedule", { readonly activatesAt: number }>
  /** A replica that signs longer-lived tokens has joined. */
  | Change<"prolong", { readonly verifyingPeriod: number }>
  | Change<"activate", { readonly at: number; readonly emergency: boolean }>
  | Change<"supersede", { readonly at: number; readonly retiresAt: number }>
  | Change<"retire", unknown>
  | Change<"revoke", { readonly at: number; readonly was: Key["state"]; readonly reason: string }>;

type Change<Type extends string, More> = {
  readonly type: Type;
  readonly kid: string;
  readonly alg: Algorithm;
} & More;

/** What is due at `now`, in the order it must be written. Keys that are `retired` or `revoked` do not matter to it. */
export function planTransitions(keys: readonly Key[], policy: KeyPolicy, now: number): Transition[] {
  const advances = keys.some(isUsable)
    ? policy.algorithms.flatMap((alg) => advance(keys, alg, policy, now))
    : policy.algorithms.flatMap((alg) => bootstrap(alg, policy, now));
  const hasSuccessor =
    advances.some(({ type }) => type === "activate") ||
    policy.algorithms.some((alg) => findKey(keys, alg, "signing") !== undefined);
  return [
    ...prolong(keys, policy),
    ...advances,
    ...(hasSuccessor ? leaveAlgorithms(keys, policy, now) : []),
    ...keys.flatMap((key): Transition[] =>
      key.state === "verifying" && key.retiresAt <= now
        ? [{ type: "retire", kid: key.kid, alg: key.alg }]
        : [],
    ),
  ];
}

/** When something will be due by itself, if nobody asks for anything before. */
export function nextTransitionAt(keys: readonly Key[]): number | undefined {
  const times = keys.flatMap((key) => {
    if (key.state === "announced") return [key.activatesAt];
    return key.state === "verifying" ? [key.retiresAt] : [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** An algorithm that has no key at all: one signs, with nobody knowing it, and one is announced. */
export const bootstrap = (alg: Algorithm, policy: KeyPolicy, now: number): Transition[] => [
  announce(alg, policy, now, { signsAtOnce: true }),
  announceStandby(alg, policy, { lastActivation: now, now }),
];

/** The standby takes over from the signing key, and the next standby is announced. */
export function handOver(
  keys: readonly Key[],
  { kid, alg }: UsableKey,
  policy: KeyPolicy,
  now: number,
  { at, emergency }: { at: number; emergency: boolean },
): Transition[] {
  const signing = findKey(keys, alg, "signing");
  return [
    ...(signing === undefined ? [] : [supersede(signing, policy, at)]),
    { type: "activate", kid, alg, at, emergency },
    announceStandby(alg, policy, { lastActivation: at, now }),
  ];
}

/** It takes over one rotation period after the last activation, yet never before the announce period has passed. */
const announceStandby = (
  alg: Algorithm,
  policy: KeyPolicy,
  { lastActivation, now }: { lastActivation: number; now: number },
): Transition =>
  announce(alg, policy, Math.max(now + policy.announcePeriod, lastActivation + policy.rotationPeriod), {
    signsAtOnce: false,
  });

const announce = (
  alg: Algorithm,
  policy: KeyPolicy,
  activatesAt: number,
  { signsAtOnce }: { signsAtOnce: boolean },
): Transition => ({
  type: "announce",
  alg,
  activatesAt,
  signsAtOnce,
  verifyingPeriod: verifyingPeriod(policy),
});

/** One algorithm of a running installation: hand over when the time has come, keep a standby at all times. */
function advance(keys: readonly Key[], alg: Algorithm, policy: KeyPolicy, now: number): Transition[] {
  const standby = findKey(keys, alg, "announced");
  if (standby !== undefined) {
    const due = standby.activatesAt <= now;
    return due ? handOver(keys, standby, policy, now, { at: standby.activatesAt, emergency: false }) : [];
  }
  return [announceNext(keys, alg, policy, now)];
}

/** The standby an algorithm lacks. */
export function announceNext(
  keys: readonly Key[],
  alg: Algorithm,
  policy: KeyPolicy,
  now: number,
): Transition {
  const signing = findKey(keys, alg, "signing");
  // Without a signing key the algorithm is new here: its standby becomes the first, as soon as every cache has it.
  return signing === undefined
    ? announce(alg, policy, now + policy.announcePeriod, { signsAtOnce: false })
    : announceStandby(alg, policy, { lastActivation: signing.activatesAt, now });
}

/** While TOKEN_TTL is raised replica by replica, a key must outlive the longest token any of them may sign. */
const prolong = (keys: readonly Key[], policy: KeyPolicy): Transition[] =>
  keys
    .filter(isUsable)
    .filter((key) => key.verifyingPeriod < verifyingPeriod(policy))
    .map(({ kid, alg }) => ({ type: "prolong", kid, alg, verifyingPeriod: verifyingPeriod(policy) }));

/**
 * Algorithms taken out of the configuration, once one that is in it signs. Their standby goes through verifying as
 * well: a replica that has not heard yet may sign with it if its time comes meanwhile. Nothing leaves before its
 * newest key was public for the announce period, so that replicas which disagree while a change is rolled out do not
 * announce and drop keys in turns.
 */
function leaveAlgorithms(keys: readonly Key[], policy: KeyPolicy, now: number): Transition[] {
  const leaving = keys.filter(isUsable).filter(({ alg }) => !policy.algorithms.includes(alg));
  const isSettled = (alg: Algorithm) =>
    leaving.every((key) => key.alg !== alg || key.announcedAt + policy.announcePeriod <= now);
  return leaving.filter(({ alg }) => isSettled(alg)).map((key) => supersede(key, policy, now));
}

/** It stops signing, and stays public for the longest any replica needs. */
export const supersede = (
  key: UsableKey,
  policy: KeyPolicy,
  at: number,
): Extract<Transition, { type: "supersede" }> => ({
  type: "supersede",
  kid: key.kid,
  alg: key.alg,
  at,
  retiresAt: at + Math.max(key.verifyingPeriod, verifyingPeriod(policy)),
});
