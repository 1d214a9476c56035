/**
 * The embedded database: a real Postgres as a child process, one owner per DATA_DIR, brought back when it dies.
 * It owns the process and its lifetime; what is stored in the database is not its business.
 */
import { mkdirSync } from "node:fs";
import { reasonOf } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { acquire, type Hold } from "./acquire.ts";
import { storageFailure } from "./failures.ts";
import { placeIn } from "./place.ts";
import { stopPostmaster } from "./postmaster.ts";
import { createRevival } from "./revival.ts";
import { connectionTo } from "./session.ts";

export interface EmbeddedOptions {
  /** Absolute. Made with mode 0700 if it does not exist. */
  readonly dataDir: string;
  readonly password: string;
  readonly logger: Logger;
  /** A server owns; a command beside a running server attaches, and starts it only if nobody does. */
  readonly mode: "own" | "attach";
  /** False: faster, and lost with the power. For tests. */
  readonly durable?: boolean;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For postgres.js. Stays the same when Postgres has to be started again. */
  readonly connection: { path: string; user: "keyturn"; password: string; database: string };
  /** The postmaster's; another one after it was brought back. */
  readonly pid: number;
  /** Found running without an owner: its server was killed. */
  readonly adopted: boolean;
  stop(): Promise<void>;
  /** Called once when the database is gone and could not be brought back. */
  onLost(listener: (error: Error) => void): void;
}

export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { password, logger, mode, durable = true } = options;
  const place = placeIn(options.dataDir);
  const open = async (mayInitialise: boolean): Promise<Hold> => {
    try {
      if (mayInitialise) mkdirSync(place.dataDir, { recursive: true, mode: 0o700 });
      return await acquire({ place, password, durable, mode, mayInitialise });
    } catch (error) {
      throw storageFailure(error, place.dataDir);
    }
  };

  let hold = await open(true);
  const adopted = mode === "own" && !hold.started;
  if (adopted)
    logger.warn({ pid: hold.pid }, "took over the embedded Postgres that a killed server left running");

  const revival = createRevival({ logger, open: mode === "own" ? () => open(false) : undefined });
  const keep = async () => {
    for (;;) {
      await hold.session.closed;
      const revived = await revival.after(hold);
      if (revived === undefined) return;
      hold = revived;
    }
  };
  void keep();

  let stopping: Promise<void> | undefined;
  const stop = async () => {
    // What was lost may meanwhile run for another owner.
    const ours = (await revival.end()) === "held" && (mode === "own" || (await isLastGuest(hold)));
    try {
      if (ours) await stopPostmaster(place.pgdata, hold.pid);
    } finally {
      await hold.session.close();
      hold.socket.close();
    }
  };

  return {
    connection: connectionTo(hold.socket.path, password),
    get pid() {
      return hold.pid;
    },
    adopted,
    stop: () => (stopping ??= stop()),
    onLost: (listener) => revival.onLost(listener),
    [Symbol.asyncDispose]: () => (stopping ??= stop()),
  };

  /** A command that started Postgres stops it again, unless a server or another command has come to use it. */
  async function isLastGuest({ session, started }: Hold): Promise<boolean> {
    if (!started) return false;
    try {
      await session.rename("stopping");
      return (await session.tryOwn()) && (await session.others()) === 0;
    } catch (error) {
      logger.warn({ reason: reasonOf(error) }, "the embedded Postgres went away before it was stopped");
      return false;
    }
  }
}
