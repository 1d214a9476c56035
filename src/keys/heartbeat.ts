/** Does one thing over and over: whenever woken, and otherwise when `pause` is over. Never twice at the same time. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Heartbeat {
  /** Resolves when a run that began after this call has ended. */
  wake(): Promise<void>;
  /** No run begins after this, and none is under way. */
  stop(): Promise<void>;
}

export interface HeartbeatParts {
  /** Deals with its own errors. */
  run(): Promise<void>;
  /** Milliseconds until the next run by itself; asked after each one. */
  pause(): number;
}

export function startHeartbeat({ run, pause }: HeartbeatParts): Heartbeat {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  let again = false;

  const start = async () => {
    do {
      again = false;
      await run();
    } while (again && !stopping.signal.aborted);
    running = undefined;
  };
  const wake = async () => {
    if (stopping.signal.aborted) return;
    // A run under way may have looked too early to see what woke us.
    if (running !== undefined) again = true;
    running ??= start();
    await running;
  };
  const beat = async () => {
    while (!stopping.signal.aborted) {
      await sleep(pause(), undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      await wake();
    }
  };
  const beating = beat();

  return {
    wake,
    async stop() {
      stopping.abort();
      await Promise.all([beating, running]);
    },
  };
}
