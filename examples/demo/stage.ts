/**
 * Where the demo plays: a throw-away folder, free ports, and real servers as child processes. Disposing it ends them
 * and removes the folder, whatever happened. What is shown is the chapters' business.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Difference } from "./difference.ts";
import { pollUntil } from "./poll.ts";

/** Keyturn gives its own shutdown 9.5 s; whoever takes longer hangs. */
const PATIENCE_MS = 11_000;

export interface Stage extends AsyncDisposable {
  readonly folder: string;
  /** Starts a program of this repository and waits until it answers at `url`. */
  start(program: string, url: string, environment: Record<string, string>): Promise<void>;
}

export function createStage(): Stage {
  const undo = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "keyturn-demo-"));
  undo.defer(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return {
    folder,
    async start(program, url, environment) {
      if (undo.disposed) return;
      const child = spawnProgram(program, environment);
      undo.defer(() => end(child.process));
      await pollUntil(`${program} answers at ${url}`, 60_000, async () => {
        if (hasEnded(child.process))
          throw new Difference(`expected ${program} to run, it ended:\n${child.said()}`);
        return answers(url);
      });
    },
    [Symbol.asyncDispose]: () => undo.disposeAsync(),
  };
}

/** Free a moment ago; good enough on loopback. */
export async function freeUrl(): Promise<string> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("expected a TCP port");
  return `http://127.0.0.1:${address.port}`;
}

/** The children see none of our environment but what they need: a DATABASE_URL of yours is no demo's business. */
function spawnProgram(
  program: string,
  environment: Record<string, string>,
): { process: ChildProcess; said(): string } {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@keyturn/source", program], {
    cwd: root,
    env: { PATH: process.env["PATH"], TMPDIR: tmpdir(), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4_000);
    });
  }
  child.on("error", (error) => {
    said += error.message;
  });
  return { process: child, said: () => said };
}

async function end(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const lastResort = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await closed;
  clearTimeout(lastResort);
}

const hasEnded = ({ pid, exitCode, signalCode }: ChildProcess): boolean =>
  pid === undefined || exitCode !== null || signalCode !== null;

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );
