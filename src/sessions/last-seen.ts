/**
 * When each session was last used, to the minute: which ones were is gathered in memory, and written for all of them in
 * one statement. A use costs no write of its own; a server that is killed forgets the last minute.
 */
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";
import type { Logger } from "../logger.ts";

const EVERY_MS = 60_000;
/** So many are written in one statement. */
const BATCH = 5000;

export interface LastSeen {
  /** The session of this id has just been used. */
  note(sessionId: string): void;
  /** Writes what is gathered. */
  close(): Promise<void>;
}

export function startLastSeen({ $client: sql }: Database, logger: Logger): LastSeen {
  let used = new Set<string>();

  /** Rows another server is writing just now are as good as written, and waiting for them could end in a deadlock. */
  const write = (ids: readonly string[]) =>
    withinDeadline(sql`
      update session set last_seen_at = now()
      where id in (select id from session where id = any(${[...ids]}::text[]) for no key update skip locked)`);

  const flush = async (): Promise<void> => {
    const ids = [...used];
    used = new Set();
    try {
      for (let at = 0; at < ids.length; at += BATCH) await write(ids.slice(at, at + BATCH));
    } catch (error) {
      logger.warn({ err: error, sessions: ids.length }, "when sessions were last used was not written");
    }
  };

  const timer = setInterval(flush, EVERY_MS).unref();
  return {
    note: (sessionId) => void used.add(sessionId),
    close() {
      clearInterval(timer);
      return flush();
    },
  };
}
