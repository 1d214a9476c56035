/** A `signing_key` table in memory with a clock one can push, and replicas that sign from older snapshots. */
import type { Key, KeyPolicy } from "../../src/keys/key.ts";
import { planRotation, planTransitions, type Transition } from "../../src/keys/lifecycle.ts";
import { defaultSigningKeyAt, signingKeyAt } from "../../src/keys/snapshot.ts";
import type { Algorithm } from "../../src/settings.ts";

export type Step =
  | { readonly do: "wait"; readonly ms: number }
  /** Waits until just before or just after the next key's time. */
  | { readonly do: "approach"; readonly offset: number }
  /** A replica whose snapshot is this old signs a token. */
  | { readonly do: "sign"; readonly alg: Algorithm; readonly snapshotAge: number }
  | { readonly do: "rotate"; readonly emergency: boolean }
  /** The operator takes an algorithm out of the configuration, or puts it back. */
  | { readonly do: "toggle"; readonly alg: Algorithm }
  /** The operator leaves this one algorithm in the configuration. */
  | { readonly do: "switch"; readonly alg: Algorithm };

interface Publication {
  readonly publishedFrom: number;
  readonly publishedUntil: number;
  readonly first: boolean;
  readonly emergency: boolean;
}

interface Token {
  readonly kid: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

export function createKeyTable(initial: KeyPolicy) {
  let now = 0;
  let policy = initial;
  let keys: Key[] = [];
  let made = 0;
  const history: { at: number; keys: readonly Key[] }[] = [];
  const publications = new Map<string, Publication>();
  const tokens: Token[] = [];

  const replace = (kid: string, change: (key: Key) => Key) => {
    keys = keys.map((key) => (key.kid === kid ? change(key) : key));
  };

  const publish = (kid: string, change: Partial<Publication>) => {
    const known = publications.get(kid);
    if (known !== undefined) publications.set(kid, { ...known, ...change });
  };

  const apply = (transition: Transition) => {
    switch (transition.type) {
      case "announce": {
        const { alg, activatesAt, first } = transition;
        const kid = `${alg}-${made++}`;
        keys = [...keys, { kid, alg, announcedAt: now, activatesAt, state: first ? "signing" : "announced" }];
        publications.set(kid, {
          publishedFrom: now,
          publishedUntil: Number.POSITIVE_INFINITY,
          first,
          emergency: false,
        });
        return;
      }
      case "reschedule":
        return replace(transition.kid, (key) => ({ ...key, activatesAt: transition.activatesAt }));
      case "activate": {
        const { kid, at, emergency } = transition;
        if (emergency) publish(kid, { emergency });
        return replace(kid, (key) => ({ ...timesOf(key), activatesAt: at, state: "signing" }));
      }
      case "supersede": {
        const { kid, at: supersededAt, retiresAt } = transition;
        // The worst case: some replica retires it the moment it may.
        publish(kid, { publishedUntil: Math.max(now, retiresAt) });
        return replace(kid, (key) => ({ ...timesOf(key), state: "verifying", supersededAt, retiresAt }));
      }
      case "retire": {
        const { kid } = transition;
        if (publications.get(kid)?.publishedUntil === Number.POSITIVE_INFINITY)
          publish(kid, { publishedUntil: now });
        return replace(kid, (key) => ({ ...timesOf(key), state: "retired" }));
      }
    }
  };

  const write = (transitions: readonly Transition[]) => {
    for (const transition of transitions) apply(transition);
    history.push({ at: now, keys });
  };

  /** One beat of the scheduler. As `turn.ts`, it plans from what still lives. */
  const tick = () => write(planTransitions(alive(keys), policy, now));
  tick();

  return {
    tokens,
    now: () => now,
    defaultSigner: () => defaultSigningKeyAt(signers(keys), policy.algorithms, now),
    policy: () => policy,
    keys: (): readonly Key[] => alive(keys),
    publication(kid: string): Publication {
      const found = publications.get(kid);
      if (found === undefined) throw new Error(`nothing was ever published under ${kid}`);
      return found;
    },
    take(step: Step) {
      switch (step.do) {
        case "wait":
          now += step.ms;
          return tick();
        case "approach":
          now = Math.max(now, Math.min(...activations(keys)) + step.offset);
          return tick();
        case "rotate":
          return write(
            planRotation(alive(keys), policy, now, { ...step, algorithms: policy.algorithms }).transitions,
          );
        case "toggle": {
          const others = policy.algorithms.filter((alg) => alg !== step.alg);
          const [first = step.alg, ...rest] = policy.algorithms.includes(step.alg)
            ? others
            : [...others, step.alg];
          policy = { ...policy, algorithms: [first, ...rest] };
          return tick();
        }
        case "switch":
          policy = { ...policy, algorithms: [step.alg] };
          return tick();
        case "sign": {
          const readAt = now - Math.min(step.snapshotAge, policy.snapshotMaxAge);
          const snapshot = history.findLast(({ at }) => at <= readAt)?.keys ?? [];
          const key = signingKeyAt(signers(snapshot), step.alg, now);
          if (key !== undefined)
            tokens.push({ kid: key.kid, issuedAt: now, expiresAt: now + policy.tokenTtl });
        }
      }
    },
    /** Lets every key that will ever retire do so. */
    settle() {
      now += 100_000;
      tick();
      tick();
    },
  };
}

const activations = (keys: readonly Key[]): number[] =>
  keys.filter(({ state }) => state === "announced").map(({ activatesAt }) => activatesAt);

const timesOf = ({ kid, alg, announcedAt, activatesAt }: Key) => ({ kid, alg, announcedAt, activatesAt });

const alive = (keys: readonly Key[]): Key[] =>
  keys.filter(({ state }) => state !== "retired" && state !== "revoked");

/** What a replica with this snapshot could sign with, as `buildSnapshot` orders it. */
const signers = (keys: readonly Key[]): Key[] =>
  keys
    .filter(({ state }) => state === "announced" || state === "signing")
    .toSorted((a, b) => b.activatesAt - a.activatesAt);
