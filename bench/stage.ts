/** What the rows share: a temporary folder, one Postgres in it, and the processes they start. All gone at the end. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type EmbeddedPostgres, openEmbedded } from "../src/db/embedded/open.ts";
import { createLogger } from "../src/logger.ts";
import { type Child, type ChildOptions, startChild } from "./child.ts";

export interface Stage extends AsyncDisposable {
  /** A path in the temporary folder. */
  path(name: string): string;
  /** The URL of one Postgres for all contenders: the embedded one, with the settings it has in operation. */
  postgres(): Promise<string>;
  /** In order, as for maintenance; who is connected is cut off. */
  stopPostgres(): Promise<void>;
  /** Again, at the same URL. */
  startPostgres(): Promise<void>;
  start(options: Omit<ChildOptions, "log" | "signal">): Promise<Child>;
}

export async function openStage(): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), "keyturn-bench-"));
  const everything = new AsyncDisposableStack();
  everything.defer(() => rm(folder, { recursive: true, force: true }));
  const closing = new AbortController();
  let postgres: Promise<EmbeddedPostgres> | undefined;
  let closed: Promise<void> | undefined;

  /** Registered before it is there: what is only just starting when the end comes must end too. */
  const keep = <T extends AsyncDisposable>(opening: Promise<T>): Promise<T> => {
    everything.defer(async () => {
      const opened = await opening.catch(() => undefined);
      await opened?.[Symbol.asyncDispose]();
    });
    return opening;
  };

  const password = randomBytes(24).toString("base64url");
  const open = () =>
    keep(
      openEmbedded({
        dataDir: join(folder, "postgres"),
        password,
        logger: createLogger({ level: "warn", pretty: false }),
        mode: "own",
      }),
    );

  return {
    path: (name) => join(folder, name),
    async postgres() {
      postgres ??= open();
      const { path, user, database } = (await postgres).connection;
      return `postgres://${user}:${password}@${encodeURIComponent(dirname(path))}/${database}`;
    },
    async stopPostgres() {
      await (await postgres)?.stop();
    },
    async startPostgres() {
      postgres = open();
      await postgres;
    },
    start(options) {
      closing.signal.throwIfAborted();
      return keep(
        startChild({ ...options, log: join(folder, `${options.name}.log`), signal: closing.signal }),
      );
    },
    [Symbol.asyncDispose]() {
      closing.abort();
      return (closed ??= everything.disposeAsync());
    },
  };
}
