/**
 * What has grown old in a table is removed now and then: by every server, harmless when by several at once, and in batches,
 * so that nothing waits for it. What is old is for the owner of each table to say.
 */
import type { Logger } from "../logger.ts";

export interface Chore {
  /** For the log: "expired sessions". */
  readonly what: string;
  /** How many there were. */
  remove(): Promise<number>;
}

const EVERY_MS = 6 * 60 * 60 * 1000;
/** A server that has just started has better things to do. */
const FIRST_MS = 60_000;
const BATCH = 10_000;

/** What it returns ends it. */
export function startHousekeeping(chores: readonly Chore[], logger: Logger): () => void {
  const keepHouse = async (): Promise<void> => {
    for (const { what, remove } of chores) {
      try {
        const removed = await remove();
        if (removed > 0) logger.info({ removed, what }, "old rows were removed");
      } catch (error) {
        logger.warn({ err: error, what }, "old rows were not removed; tried again later");
      }
    }
  };
  const first = setTimeout(keepHouse, FIRST_MS).unref();
  const later = setInterval(keepHouse, EVERY_MS).unref();
  return () => {
    clearTimeout(first);
    clearInterval(later);
  };
}

/** Until a batch is not full any more; how many in all. `removeSome` removes `limit` rows at most. */
export async function inBatches(removeSome: (limit: number) => Promise<number>): Promise<number> {
  let removed = 0;
  for (;;) {
    const some = await removeSome(BATCH);
    removed += some;
    if (some < BATCH) return removed;
  }
}
