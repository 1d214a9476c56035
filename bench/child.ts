/** One server in a process of its own: started, awaited until it answers, stopped. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export interface ChildOptions {
  readonly name: string;
  /** For `node`, from the root of the repository. */
  readonly args: readonly string[];
  /** All it gets beside `PATH` and its `PORT`: settings of the shell would make every run another one. */
  readonly environment: (url: string) => Readonly<Record<string, string>>;
  /** Answers 2xx once the server is ready. */
  readonly readyPath: string;
  /** Takes what it prints; a file, as in operation, so that logging costs what it costs there. */
  readonly log: string;
  /** Ends the waiting, and the child with it. */
  readonly signal: AbortSignal;
}

export interface Child extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from before the process was made until it was ready. */
  readonly readyAfter: number;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const READY_PATIENCE_MS = 30_000;
const STOP_PATIENCE_MS = 10_000;
const POLL_MS = 5;

export async function startChild(options: ChildOptions): Promise<Child> {
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const output = openSync(options.log, "a");
  const start = performance.now();
  const child = spawn(process.execPath, options.args, {
    cwd: ROOT,
    env: { PATH: process.env["PATH"], ...options.environment(url), PORT: String(port) },
    stdio: ["ignore", output, output],
  });
  closeSync(output);
  await once(child, "spawn");
  try {
    await answers(child, `${url}${options.readyPath}`, options.signal);
  } catch (error) {
    await stop(child);
    throw new Error(`${options.name} did not get ready:\n${tail(options.log)}`, { cause: error });
  }
  const readyAfter = performance.now() - start;
  let stopped: Promise<void> | undefined;
  return { url, pid: child.pid ?? 0, readyAfter, [Symbol.asyncDispose]: () => (stopped ??= stop(child)) };
}

async function answers(child: ChildProcess, url: string, signal: AbortSignal): Promise<void> {
  for (const deadline = performance.now() + READY_PATIENCE_MS; ; await sleep(POLL_MS)) {
    signal.throwIfAborted();
    if (hasEnded(child)) throw new Error("it ended");
    if (performance.now() > deadline) throw new Error(`it did not answer within ${READY_PATIENCE_MS} ms`);
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
      await answer.body?.cancel();
      if (answer.ok) return;
    } catch {
      // Not listening yet.
    }
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_PATIENCE_MS);
  child.kill("SIGTERM");
  await ended;
  clearTimeout(kill);
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Free a moment ago; the system hands such ports out in turn, so nobody else gets it right away. */
async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return address.port;
}

const tail = (log: string): string => readFileSync(log, "utf8").split("\n").slice(-15).join("\n");
