/**
 * Brings Postgres back when it dies under a running server: three times within a minute, then it is lost.
 * How it is brought back is the caller's `open`; without one every loss is final.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { reasonOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { type Hold, OwnedElsewhere } from "./acquire.ts";

const TRIES = 3;
const WITHIN = 60_000;
const PAUSE = 250;

export interface Revival {
  /** Call when the session of `hold` has closed: the new hold, or undefined if it ended or is lost. */
  after(hold: Hold): Promise<Hold | undefined>;
  onLost(listener: (error: Error) => void): void;
  /** No more revivals. Waits for one under way, whose hold still reaches its caller; says whether all was lost. */
  end(): Promise<"held" | "lost">;
}

export function createRevival(parts: { logger: Logger; open: (() => Promise<Hold>) | undefined }): Revival {
  const { logger, open } = parts;
  const listeners: ((error: Error) => void)[] = [];
  let tries: number[] = [];
  const ending = new AbortController();
  let lost: Error | undefined;
  let underWay: Promise<Hold | undefined> = Promise.resolve(undefined);

  const lose = (error: Error): undefined => {
    lost = error;
    logger.error({ reason: error.message }, "the embedded Postgres is lost");
    for (const listener of listeners) listener(error);
  };

  const revive = async ({ socket, session, pid }: Hold): Promise<Hold | undefined> => {
    if (ending.signal.aborted) return undefined;
    let failure = new Error(`the embedded Postgres (pid ${pid}) has gone away`);
    if (open === undefined) return lose(failure);
    logger.error({ pid }, "the embedded Postgres has gone away; starting it again");
    await session.close();
    while (!ending.signal.aborted) {
      const now = performance.now();
      tries = tries.filter((time) => now - time < WITHIN);
      if (tries.length >= TRIES) return lose(failure);
      tries.push(now);
      try {
        const { socket: second, ...revived } = await open();
        // The path handed out at first is in use by every pool: it stays, the new one goes.
        second.close();
        logger.warn({ pid: revived.pid }, "the embedded Postgres is back");
        return { ...revived, socket };
      } catch (error) {
        failure = error instanceof Error ? error : new Error(reasonOf(error));
        if (failure instanceof OwnedElsewhere) return lose(failure);
        logger.error({ reason: failure.message }, "the embedded Postgres could not be started");
        await sleep(PAUSE);
      }
    }
    return undefined;
  };

  return {
    after: (hold) => (underWay = revive(hold)),
    onLost(listener) {
      if (lost === undefined) listeners.push(listener);
      else listener(lost);
    },
    async end() {
      ending.abort();
      await underWay;
      return lost === undefined ? "held" : "lost";
    },
  };
}
