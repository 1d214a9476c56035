/** The answer to "rotate": for each algorithm the standby takes over now, or at the earliest safe time. Pure. */
import type { Algorithm } from "../settings.ts";
import { findKey, type Key, type KeyPolicy, safeAt } from "./key.ts";
import { handOver, type Transition } from "./lifecycle.ts";

/** The next key of one algorithm and when it signs; `done` when it already does. */
export interface Rotation {
  readonly alg: Algorithm;
  readonly kid: string;
  readonly announcedAt: number;
  readonly activatesAt: number;
  readonly done: boolean;
}

export interface RotationRequest {
  readonly algorithms: readonly Algorithm[];
  /** Does not wait until every cache has seen the standby. */
  readonly emergency: boolean;
  /** When it was asked for, on the database's clock. */
  readonly requestedAt: number;
}

/**
 * A standby never starts to sign before it was public for the announce period, an emergency aside. Of requests that
 * race, one turns the keys; the others find a key that took over after they were asked for, and answer with that.
 */
export function planRotation(
  keys: readonly Key[],
  policy: KeyPolicy,
  now: number,
  { algorithms, emergency, requestedAt }: RotationRequest,
): { transitions: Transition[]; rotations: Rotation[] } {
  const transitions: Transition[] = [];
  const rotations: Rotation[] = [];
  for (const alg of algorithms) {
    const signing = findKey(keys, alg, "signing");
    if (signing !== undefined && signing.activatesAt >= requestedAt) {
      const { kid, announcedAt, activatesAt } = signing;
      rotations.push({ alg, kid, announcedAt, activatesAt, done: true });
      continue;
    }
    const standby = findKey(keys, alg, "announced");
    if (standby === undefined) continue;
    const { kid, announcedAt } = standby;
    const safe = safeAt(standby, policy);
    const done = emergency || safe <= now;
    const activatesAt = done ? now : Math.min(safe, standby.activatesAt);
    if (done) transitions.push(...handOver(keys, standby, policy, now, { at: now, emergency: safe > now }));
    else if (activatesAt < standby.activatesAt)
      transitions.push({ type: "reschedule", kid, alg, activatesAt });
    rotations.push({ alg, kid, announcedAt, activatesAt, done });
  }
  return { transitions, rotations };
}
