/** The key ring in numbers. Each replica tells its own; what concerns all of them is in the database. */
import type { Metrics } from "../metrics.ts";
import type { KeyTally } from "./tally.ts";

export function meterKeys(metrics: Metrics, tally: () => KeyTally): void {
  metrics.gauge({
    name: "keyturn_key_snapshot_age_seconds",
    help: "Time since this server last read the keys. At KEY_SNAPSHOT_MAX_AGE it stops signing.",
    read: () => [{ value: tally().snapshotAge / 1000 }],
  });
  metrics.gauge({
    name: "keyturn_can_sign",
    help: "Whether this server signs tokens (1). If not (0), its keys are stale, cannot be opened, or there are none.",
    read: () => [{ value: tally().canSign ? 1 : 0 }],
  });
  metrics.gauge({
    name: "keyturn_keys",
    help: "Keys in the JWKS, by algorithm and state.",
    labels: ["alg", "state"],
    read: () => countByState(tally()),
  });
  metrics.gauge({
    name: "keyturn_key_next_transition_seconds",
    help: "Time until a key next starts to sign or retires by itself. Negative: overdue.",
    read() {
      const { nextTransitionIn } = tally();
      return nextTransitionIn === undefined ? [] : [{ value: nextTransitionIn / 1000 }];
    },
  });
  metrics.counter({
    name: "keyturn_signatures_total",
    help: "Tokens this server has signed, by key.",
    labels: ["kid"],
    read: () => tally().signatures.map(({ kid, count }) => ({ labels: { kid }, value: count })),
  });
  metrics.counter({
    name: "keyturn_key_rotations_total",
    help: "Keys that began to sign, counted by the server that wrote it: ordinary, in an emergency, or the first.",
    labels: ["alg", "kind"],
    read: () => tally().turns.map(({ alg, kind, count }) => ({ labels: { alg, kind }, value: count })),
  });
  metrics.counter({
    name: "keyturn_key_revocations_total",
    help: "Keys revoked through this server.",
    read: () => [{ value: tally().revocations }],
  });
  metrics.counter({
    name: "keyturn_key_fenced_seconds_total",
    help: "Time in which this server did not sign, because it could not read the keys.",
    read: () => [{ value: tally().fencedFor / 1000 }],
  });
}

function countByState({ keys }: KeyTally) {
  const counts = new Map<string, { labels: { alg: string; state: string }; value: number }>();
  for (const { alg, state } of keys) {
    const entry = counts.get(`${alg} ${state}`) ?? { labels: { alg, state }, value: 0 };
    entry.value += 1;
    counts.set(`${alg} ${state}`, entry);
  }
  return [...counts.values()];
}
