/**
 * bcrypt on a thread of its own: the package is JavaScript, and a quarter of a second of it on the main thread would
 * stop every token. The thread starts with the first hash and ends when none has come for a while.
 */
import { Worker } from "node:worker_threads";

export interface BcryptThread {
  verify(attempt: { password: string; stored: string }): Promise<boolean>;
}

/** What goes to the thread and what comes back. */
export interface BcryptQuestion {
  readonly id: number;
  readonly password: string;
  readonly stored: string;
}
export interface BcryptAnswer {
  readonly id: number;
  readonly same: boolean;
}

const IDLE_MS = 60_000;

export function createBcryptThread(idleAfter = IDLE_MS): BcryptThread {
  let thread: RunningThread | undefined;
  return {
    verify(attempt) {
      thread ??= startThread(idleAfter, (ended) => {
        if (thread === ended) thread = undefined;
      });
      return thread.ask(attempt);
    },
  };
}

interface RunningThread {
  ask(attempt: { password: string; stored: string }): Promise<boolean>;
}

function startThread(idleAfter: number, onEnded: (thread: RunningThread) => void): RunningThread {
  const worker = new Worker(new URL("./bcrypt-worker.ts", import.meta.url));
  const waiting = new Map<number, PromiseWithResolvers<boolean>>();
  let asked = 0;
  let idle: NodeJS.Timeout | undefined;
  const thread: RunningThread = { ask };

  worker.on("message", ({ id, same }: BcryptAnswer) => {
    waiting.get(id)?.resolve(same);
    waiting.delete(id);
    if (waiting.size > 0) return;
    // Nobody waits: the thread alone does not keep the process.
    worker.unref();
    idle = setTimeout(end, idleAfter).unref();
  });
  worker.on("error", end);
  worker.on("exit", () => end(new Error("the bcrypt thread ended")));

  function ask({ password, stored }: { password: string; stored: string }): Promise<boolean> {
    clearTimeout(idle);
    worker.ref();
    const answer = Promise.withResolvers<boolean>();
    const question: BcryptQuestion = { id: asked++, password, stored };
    waiting.set(question.id, answer);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a thread, which has none
    worker.postMessage(question);
    return answer.promise;
  }

  function end(error?: Error): void {
    clearTimeout(idle);
    onEnded(thread);
    for (const answer of waiting.values()) answer.reject(error ?? new Error("the bcrypt thread ended"));
    waiting.clear();
    void worker.terminate();
  }

  return thread;
}
