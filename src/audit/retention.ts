/** The end of what is too old for the audit trail: looked for now and then, by every server, harmless when by several. */
import type { Database } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import { pruneEvents } from "./reading.ts";

const EVERY_MS = 6 * 60 * 60 * 1000;
/** A server that has just started has better things to do. */
const FIRST_MS = 60_000;

/** `retention` in milliseconds. What it returns ends it. */
export function startRetention(db: Database, retention: number, logger: Logger): () => void {
  const prune = async (): Promise<void> => {
    try {
      const pruned = await pruneEvents(db, retention);
      if (pruned > 0) logger.info({ pruned }, "audit events were older than AUDIT_RETENTION");
    } catch (error) {
      logger.warn({ err: error }, "old audit events were not removed; tried again later");
    }
  };
  const first = setTimeout(prune, FIRST_MS).unref();
  const later = setInterval(prune, EVERY_MS).unref();
  return () => {
    clearTimeout(first);
    clearInterval(later);
  };
}
