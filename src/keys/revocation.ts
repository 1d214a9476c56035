/** The answer to "revoke": the key is gone at once, and what it did is taken over by the next. Pure. */
import type { Algorithm } from "../settings.ts";
import { findKey, isUsable, type Key, type KeyPolicy, safeAt, type UsableKey } from "./key.ts";
import { announceNext, bootstrap, handOver, type Transition } from "./lifecycle.ts";

export interface RevocationRequest {
  readonly kid: string;
  /** Why, in the operator's words; kept with the key and in the audit. */
  readonly reason: string;
}

const FORBIDDEN_IN_REASON = /\p{Cc}/u;
export const MAX_REASON_LENGTH = 500;

/** Without the spaces around it; undefined for what is no reason: nothing, too much, or more than one line. */
export function parseReason(text: string): string | undefined {
  const reason = text.trim();
  return reason === "" || reason.length > MAX_REASON_LENGTH || FORBIDDEN_IN_REASON.test(reason)
    ? undefined
    : reason;
}

/** What was revoked, and the key that signs in its place if it was the one that signed. */
export interface Revocation {
  readonly kid: string;
  readonly alg: Algorithm;
  /** What it did before; `revoked` if somebody had revoked it already. */
  readonly was: Key["state"];
  readonly revokedAt: number;
  readonly reason: string;
  readonly successor: Successor | undefined;
  /** The `kid` of the standby that was announced with it, in its place or in its successor's. */
  readonly standby: string | undefined;
}

export interface Successor {
  readonly kid: string;
  readonly alg: Algorithm;
  /** Since when caches can have it. */
  readonly announcedAt: number;
  /** Whether it was public for the announce period: if not, some caches do not have it. */
  readonly known: boolean;
}

/** `keys` are all there ever were: a key can be revoked from any state. Undefined: there is no such key. */
export function planRevocation(
  keys: readonly Key[],
  policy: KeyPolicy,
  now: number,
  { kid, reason }: RevocationRequest,
): { transitions: Transition[]; revocation: Omit<Revocation, "successor" | "standby"> } | undefined {
  const key = keys.find((each) => each.kid === kid);
  if (key === undefined) return undefined;
  const { alg, state: was } = key;
  if (key.state === "revoked") {
    const { revokedAt } = key;
    return { transitions: [], revocation: { kid, alg, was, revokedAt, reason: key.reason } };
  }
  const others = keys.filter((each) => each !== key);
  return {
    transitions: [
      { type: "revoke", kid, alg, at: now, was, reason },
      ...(isUsable(key) ? replace(key, others, policy, now) : []),
    ],
    revocation: { kid, alg, was, revokedAt: now, reason },
  };
}

/** Its algorithm goes on with a signing key and a standby; one that is leaving the configuration needs no new keys. */
function replace(key: UsableKey, others: readonly Key[], policy: KeyPolicy, now: number): Transition[] {
  const { alg } = key;
  const isConfigured = policy.algorithms.includes(alg);
  if (key.state === "announced") return isConfigured ? [announceNext(others, alg, policy, now)] : [];
  const standby = findKey(others, alg, "announced");
  if (standby !== undefined) {
    const turn = promote(standby, others, policy, now);
    return isConfigured ? turn : turn.filter(({ type }) => type !== "announce");
  }
  if (isConfigured) return bootstrap(alg, policy, now);
  if (others.some(({ state }) => state === "signing")) return [];
  // Nothing else signs: the algorithm that was to take over does so now, known to caches or not.
  const [next] = policy.algorithms.flatMap((each) => findKey(others, each, "announced") ?? []);
  return next === undefined
    ? bootstrap(policy.algorithms[0], policy, now)
    : promote(next, others, policy, now);
}

const promote = (standby: UsableKey, others: readonly Key[], policy: KeyPolicy, now: number): Transition[] =>
  handOver(others, standby, policy, now, { at: now, emergency: safeAt(standby, policy) > now });
