/** A `signing_key` table in memory with a clock one can push, and replicas that read it now and then and sign. */
import { isPublished, isUsable, type Key, type KeyPolicy } from "../../src/keys/key.ts";
import { planTransitions, type Transition } from "../../src/keys/lifecycle.ts";
import { planRevocation } from "../../src/keys/revocation.ts";
import { planRotation } from "../../src/keys/rotation.ts";
import { defaultSigningKeyAt, signingKeyAt } from "../../src/keys/snapshot.ts";
import { ALGORITHMS, type Algorithm } from "../../src/settings.ts";

/**
 * What can happen. A crash is a replica that does nothing any more, and its transaction that never was; a `restart`
 * with other settings is a rollout that has reached this replica.
 */
export type Step =
  | { readonly do: "wait"; readonly ms: number }
  /** Waits until just before or just after the next key's time. */
  | { readonly do: "approach"; readonly offset: number }
  /** The replica reads the keys and does what is due. */
  | { readonly do: "beat"; readonly replica: number }
  /** It reads the keys and dies before it does anything. */
  | { readonly do: "read"; readonly replica: number }
  | { readonly do: "sign"; readonly replica: number; readonly alg: Algorithm | undefined }
  /** `lag`: how long ago it was asked for. */
  | { readonly do: "rotate"; readonly replica: number; readonly emergency: boolean; readonly lag: number }
  /** One of all keys there ever were. */
  | { readonly do: "revoke"; readonly replica: number; readonly nth: number }
  | {
      readonly do: "restart";
      readonly replica: number;
      readonly algorithms: readonly Algorithm[];
      readonly tokenTtl: number;
    };

interface Publication {
  readonly from: number;
  readonly until: number;
  /** It signed before it had been public for long enough, on purpose and on record. */
  readonly hurried: boolean;
  readonly revokedAt: number | undefined;
}

interface Token {
  readonly kid: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** When the replica that signed it last read the keys. */
  readonly readAt: number;
}

interface Replica {
  policy: KeyPolicy;
  snapshot: readonly Key[];
  readAt: number;
}

export function createKeyTable(initial: KeyPolicy, replicaCount = 1) {
  let now = 0;
  let keys: readonly Key[] = [];
  let made = 0;
  const publications = new Map<string, Publication>();
  const tokens: Token[] = [];
  /** Configured on every replica since the beginning. */
  const steadyAlgorithms = new Set(initial.algorithms);

  const publish = (kid: string, change: Partial<Publication>) => {
    const known = publications.get(kid) ?? {
      from: now,
      until: Number.POSITIVE_INFINITY,
      hurried: false,
      revokedAt: undefined,
    };
    publications.set(kid, { ...known, ...change });
  };

  const write = (transitions: readonly Transition[]) => {
    for (const transition of transitions) {
      if (transition.type !== "announce") {
        keys = keys.map((key) => (key.kid === transition.kid ? changed(key, transition) : key));
      } else {
        const { alg, activatesAt, signsAtOnce, verifyingPeriod } = transition;
        const kid = `${alg}-${made++}`;
        const state = signsAtOnce ? "signing" : "announced";
        keys = [...keys, { kid, alg, announcedAt: now, activatesAt, state, verifyingPeriod }];
        publish(kid, { hurried: signsAtOnce });
      }
      if (transition.type === "activate" && transition.emergency) publish(transition.kid, { hurried: true });
      // The worst case: some replica retires it the moment it may.
      if (transition.type === "supersede")
        publish(transition.kid, { until: Math.max(now, transition.retiresAt) });
      if (transition.type === "revoke") publish(transition.kid, { until: now, revokedAt: now });
    }
  };

  const beat = (replica: Replica) => {
    write(planTransitions(keys.filter(isPublished), replica.policy, now));
    read(replica);
  };
  const read = (replica: Replica) => {
    replica.snapshot = keys;
    replica.readAt = now;
  };

  const replicas = Array.from({ length: replicaCount }, (): Replica => {
    const replica = { policy: initial, snapshot: keys, readAt: now };
    beat(replica);
    return replica;
  });
  const replicaOf = ({ replica }: { replica: number }): Replica => {
    const found = replicas[replica % replicas.length];
    if (found === undefined) throw new Error("there are no replicas");
    return found;
  };

  return {
    tokens,
    steadyAlgorithms,
    now: () => now,
    /** Every key there ever was. */
    keys: () => keys,
    policy: (replica = 0) => replicaOf({ replica }).policy,
    /** Of a replica that reads the keys now. */
    defaultSigner: (replica: number) =>
      defaultSigningKeyAt(signers(keys), replicaOf({ replica }).policy.algorithms, now),
    publication(kid: string): Publication {
      const found = publications.get(kid);
      if (found === undefined) throw new Error(`nothing was ever published under ${kid}`);
      return found;
    },
    take(step: Step) {
      switch (step.do) {
        case "wait":
          now += step.ms;
          return;
        case "approach":
          now = Math.max(now, Math.min(...activations(keys)) + step.offset);
          return;
        case "beat":
          return beat(replicaOf(step));
        case "read":
          return read(replicaOf(step));
        case "sign": {
          const { policy, snapshot, readAt } = replicaOf(step);
          if (now - readAt >= policy.snapshotMaxAge) return;
          const able = signers(snapshot);
          const key =
            step.alg === undefined
              ? defaultSigningKeyAt(able, policy.algorithms, now)
              : signingKeyAt(able, step.alg, now);
          if (key !== undefined)
            tokens.push({ kid: key.kid, issuedAt: now, expiresAt: now + policy.tokenTtl, readAt });
          return;
        }
        case "rotate": {
          const replica = replicaOf(step);
          const { algorithms } = replica.policy;
          const request = { algorithms, emergency: step.emergency, requestedAt: now - step.lag };
          write(planRotation(keys.filter(isPublished), replica.policy, now, request).transitions);
          return read(replica);
        }
        case "revoke": {
          const replica = replicaOf(step);
          const kid = keys[step.nth % keys.length]?.kid ?? "";
          const plan = planRevocation(keys, replica.policy, now, { kid, reason: "leaked" });
          write(plan?.transitions ?? []);
          return read(replica);
        }
        case "restart": {
          const replica = replicaOf(step);
          const [first = "EdDSA", ...others] = step.algorithms;
          replica.policy = {
            ...replica.policy,
            algorithms: [first, ...others],
            tokenTtl: step.tokenTtl,
          };
          for (const alg of ALGORITHMS) if (!step.algorithms.includes(alg)) steadyAlgorithms.delete(alg);
          return beat(replica);
        }
      }
    },
  };
}

function changed(key: Key, change: Exclude<Transition, { type: "announce" }>): Key {
  const { kid, alg, announcedAt, activatesAt } = key;
  const times = { kid, alg, announcedAt, activatesAt };
  switch (change.type) {
    case "reschedule":
      return { ...key, activatesAt: change.activatesAt };
    case "prolong":
      return isUsable(key) ? { ...key, verifyingPeriod: change.verifyingPeriod } : key;
    case "activate":
      return isUsable(key) ? { ...key, activatesAt: change.at, state: "signing" } : key;
    case "supersede":
      return { ...times, state: "verifying", supersededAt: change.at, retiresAt: change.retiresAt };
    case "retire":
      return key.state === "verifying" ? { ...key, state: "retired" } : key;
    case "revoke":
      return {
        ...times,
        state: "revoked",
        supersededAt: undefined,
        revokedAt: change.at,
        reason: change.reason,
      };
  }
}

const activations = (keys: readonly Key[]): number[] =>
  keys.filter(({ state }) => state === "announced").map(({ activatesAt }) => activatesAt);

/** What a replica with this snapshot could sign with, as `buildSnapshot` orders it. */
const signers = (keys: readonly Key[]): Key[] =>
  keys.filter(isUsable).toSorted((a, b) => b.activatesAt - a.activatesAt);
