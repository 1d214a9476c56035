/** A Redis for tests: `TEST_REDIS_URL`, else a `redis-server` of its own from the path; its absence is printed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { freePort } from "../support/server.ts";

export interface TestRedis extends AsyncDisposable {
  readonly url: string;
  /** At once, as a machine that is off; undefined for a Redis that is not ours to stop. */
  readonly stop: (() => Promise<void>) | undefined;
  start(): Promise<void>;
}

const given = process.env["TEST_REDIS_URL"];

/** Why there is no Redis; undefined if there is one. */
export const whyNoRedis: string | undefined =
  given !== undefined || spawnSync("redis-server", ["--version"]).status === 0
    ? undefined
    : "TEST_REDIS_URL is not set and there is no redis-server on the path";

/** Stopping and starting needs one of our own. */
export const whyNoOwnRedis: string | undefined =
  spawnSync("redis-server", ["--version"]).status === 0 ? undefined : "there is no redis-server on the path";

export async function openRedis({ own = false } = {}): Promise<TestRedis> {
  if (given !== undefined && !own)
    return { url: given, stop: undefined, start: async () => {}, [Symbol.asyncDispose]: async () => {} };
  const port = await freePort();
  let child: ReturnType<typeof spawn> | undefined;
  const start = async (): Promise<void> => {
    child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );
    let output = "";
    for await (const chunk of child.stdout ?? []) {
      output += String(chunk);
      if (output.includes("Ready to accept connections")) break;
    }
    child.stdout?.resume();
  };
  const stop = async (): Promise<void> => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await start();
  return { url: `redis://127.0.0.1:${port}`, stop, start, [Symbol.asyncDispose]: stop };
}
