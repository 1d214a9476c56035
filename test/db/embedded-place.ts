/** A DATA_DIR of its own for one test, processes that use it, and everything gone at the end. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { z } from "zod";
import { type EmbeddedPostgres, openEmbedded } from "../../src/db/embedded/open.ts";
import { createLogger } from "../../src/logger.ts";

const PASSWORD = "correct horse 'battery' \\ staple";

const OWNER = fileURLToPath(new URL("./embedded-owner.ts", import.meta.url));
const Told = z.object({
  postmaster: z.int().optional(),
  adopted: z.boolean().optional(),
  refused: z.string().optional(),
  wayOut: z.string().optional(),
});

export interface Process extends z.infer<typeof Told> {
  readonly pid: number;
  readonly stderr: string;
  kill(signal: NodeJS.Signals): Promise<void>;
}

export type EmbeddedPlace = ReturnType<typeof createPlace>;

let seed: Promise<EmbeddedPlace> | undefined;

/** At the end of each file that uses it. */
export async function forgetSeed(): Promise<void> {
  await (await seed)?.[Symbol.asyncDispose]();
  seed = undefined;
}

/** A place whose first start is behind it: a copy of one made once for the test file, which ends with `forgetSeed`. */
export async function createSeededPlace(): Promise<EmbeddedPlace> {
  seed ??= (async () => {
    const place = createPlace();
    await (await place.open()).stop();
    return place;
  })();
  const place = createPlace();
  cpSync((await seed).dataDir, place.dataDir, { recursive: true });
  return place;
}

/** Below a directory closed to everybody else, as a private checkout is. */
export function createPlace(below = "") {
  const parent = mkdtempSync(join(tmpdir(), "keyturn-embedded-"));
  chmodSync(parent, 0o700);
  const dataDir = join(parent, below, "data");
  const pgdata = join(dataDir, "postgres");
  const children: ChildProcess[] = [];
  const opened: EmbeddedPostgres[] = [];
  return {
    parent,
    dataDir,
    pgdata,

    async open(options: { mode?: "own" | "attach"; password?: string; durable?: boolean } = {}) {
      const logger = createLogger({ level: "silent", pretty: false });
      const { mode = "own", password = PASSWORD, durable = false } = options;
      const database = await openEmbedded({ dataDir, password, logger, mode, durable });
      opened.push(database);
      return database;
    },

    /** The same in a process of its own, as soon as it has told how it went. */
    async spawn(options: { mode?: "own" | "attach"; uid?: number; gid?: number } = {}): Promise<Process> {
      const { mode = "own", ...ids } = options;
      const args = [OWNER, dataDir, mode, PASSWORD];
      const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], ...ids });
      children.push(child);
      let stderr = "";
      child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
      const exit = once(child, "exit");
      for await (const line of createInterface(child.stdout)) {
        return {
          ...Told.parse(JSON.parse(line)),
          pid: child.pid ?? 0,
          stderr,
          async kill(signal) {
            child.kill(signal);
            await exit;
          },
        };
      }
      throw new Error(`the process ended without a word: ${stderr}`);
    },

    async [Symbol.asyncDispose]() {
      for (const child of children) child.kill("SIGKILL");
      for (const database of opened) await database.stop();
      killPostmaster(pgdata);
      rmSync(parent, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
    },
  };
}

/** kill -9, at the process the cluster's own lock file names. */
export function killPostmaster(pgdata: string): void {
  try {
    process.kill(Number(readFileSync(join(pgdata, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  } catch {
    // None is running, which is what was wanted.
  }
}

/** One statement through the connection an application would use. */
export async function query(database: EmbeddedPostgres, statement: string): Promise<readonly postgres.Row[]> {
  const sql = postgres({ ...database.connection, max: 1, onnotice: () => {} });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end({ timeout: 1 });
  }
}
