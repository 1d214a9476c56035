/** What one replica has counted since it started: signatures, turns, and the time it was not allowed to sign. */
import type { Algorithm } from "../settings.ts";
import type { Key, KeyPolicy } from "./key.ts";
import { nextTransitionAt } from "./lifecycle.ts";
import type { Written } from "./turn.ts";

/** How a key came to sign: after its announce period, in an emergency, or as the first of its algorithm. */
export type TurnKind = "ordinary" | "emergency" | "first";

/** Times are milliseconds. */
export interface KeyTally {
  readonly snapshotAge: number;
  readonly canSign: boolean;
  readonly keys: readonly Key[];
  /** Undefined when nothing is scheduled. */
  readonly nextTransitionIn: number | undefined;
  readonly fencedFor: number;
  readonly signatures: readonly { readonly kid: string; readonly count: number }[];
  /** Written by this replica; over all replicas each turn is counted once. */
  readonly turns: readonly { readonly alg: Algorithm; readonly kind: TurnKind; readonly count: number }[];
  readonly revocations: number;
}

/** What the ring knows when it is asked. */
interface Moment extends Pick<KeyTally, "keys" | "canSign"> {
  readonly at: number;
  readonly now: number;
}

/** `askedAt`, `answeredAt` and `at` are on the process's monotonic clock. */
export function createTally({ snapshotMaxAge }: Pick<KeyPolicy, "snapshotMaxAge">) {
  const signatures = new Map<string, number>();
  const turns = new Map<string, { alg: Algorithm; kind: TurnKind; count: number }>();
  let revocations = 0;
  let fenced = 0;
  let readAt: number | undefined;
  /** Up to here fenced time is in `fenced`. */
  let countedUntil = 0;

  const fencedUntil = (at: number): number =>
    readAt === undefined ? 0 : Math.max(0, at - Math.max(readAt + snapshotMaxAge, countedUntil));

  return {
    signed(kid: string): void {
      signatures.set(kid, (signatures.get(kid) ?? 0) + 1);
    },
    loaded({ askedAt, answeredAt }: { askedAt: number; answeredAt: number }): void {
      fenced += fencedUntil(answeredAt);
      countedUntil = answeredAt;
      readAt = askedAt;
    },
    turned(written: readonly Written[]): void {
      for (const transition of written) {
        if (transition.type === "revoke") revocations += 1;
        const kind = kindOf(transition);
        if (kind === undefined) continue;
        const { alg } = transition;
        const entry = turns.get(`${alg} ${kind}`) ?? { alg, kind, count: 0 };
        entry.count += 1;
        turns.set(`${alg} ${kind}`, entry);
      }
    },
    read({ at, now, keys, canSign }: Moment): KeyTally {
      const next = nextTransitionAt(keys);
      return {
        snapshotAge: at - (readAt ?? at),
        canSign,
        keys,
        nextTransitionIn: next === undefined ? undefined : next - now,
        fencedFor: fenced + fencedUntil(at),
        signatures: [...signatures].map(([kid, count]) => ({ kid, count })),
        turns: [...turns.values()].map((entry) => ({ ...entry })),
        revocations,
      };
    },
  };
}

function kindOf(transition: Written): TurnKind | undefined {
  if (transition.type === "activate") return transition.emergency ? "emergency" : "ordinary";
  return transition.type === "announce" && transition.signsAtOnce ? "first" : undefined;
}
