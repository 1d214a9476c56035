/**
 * How long the event loop keeps others waiting: each of its turns is noted, and something that arrives at any moment of
 * a turn waits until the turn is over. So a turn of 10 ms weighs ten times as much as one of 1 ms.
 */
export interface Turns {
  /** Milliseconds, one for each turn until now. */
  stop(): Promise<number[]>;
}

export function noteTurns(): Turns {
  const turns: number[] = [];
  let last = performance.now();
  let stopped: (() => void) | undefined;
  const next = (): void => {
    const now = performance.now();
    turns.push(now - last);
    last = now;
    if (stopped === undefined) setImmediate(next);
    else stopped();
  };
  setImmediate(next);
  return {
    async stop() {
      await new Promise<void>((resolve) => {
        stopped = resolve;
      });
      return turns;
    },
  };
}

/** Of all who arrive at some moment of these turns, the share that waits longer is 1 − `fraction`. */
export function delayAt(turns: readonly number[], fraction: number): number {
  const longestFirst = Float64Array.from(turns).sort().reverse();
  const allowed = (1 - fraction) * turns.reduce((sum, turn) => sum + turn, 0);
  // Who waits longer than `delay` in a turn came in its first `turn - delay`: sum over the turns longer than that.
  let sum = 0;
  for (const [index, turn] of longestFirst.entries()) {
    sum += turn;
    const delay = (sum - allowed) / (index + 1);
    if (delay >= (longestFirst[index + 1] ?? 0)) return delay;
  }
  return 0;
}
