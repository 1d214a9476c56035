/**
 * The line of those who need a password hashed. Few are let in at once, because what the limits, the engine and Postgres
 * do for each of them is time tokens do not get; and it is short, because in a storm it would only grow: whoever would
 * wait long is sent away before anything is done for them.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import pLimit from "p-limit";
import { AppError } from "../../errors.ts";

export interface Admission {
  /** Does the work when it is its turn. Throws `too_busy` instead of letting anybody wait long. */
  pass<T>(work: () => Promise<T>): Promise<T>;
  /** Called by work that has its hash: whatever it waits for now, the next one may begin. */
  hashed(): void;
}

/** For each thread that hashes: as many as keep it busy, while some are on their way to it. */
const AT_ONCE = 3;
/** And as many as wait for about a second. */
const PLACES = 50;
/** By then all who were in the line are gone. */
const RETRY_SECONDS = 5;

export function createAdmission(threads: number): Admission {
  const line = pLimit(threads * AT_ONCE);
  const places = new AsyncLocalStorage<() => void>();

  const turn = (): Promise<() => void> =>
    new Promise((begin) => {
      void line(() => {
        const { promise, resolve } = Promise.withResolvers<void>();
        begin(resolve);
        return promise;
      });
    });

  return {
    async pass(work) {
      if (line.pendingCount >= threads * PLACES) {
        const detail = "Too many people are signing in right now; try again shortly.";
        throw new AppError("too_busy", detail, { retryAfter: RETRY_SECONDS });
      }
      const leave = await turn();
      try {
        return await places.run(leave, work);
      } finally {
        leave();
      }
    },
    hashed: () => places.getStore()?.(),
  };
}
