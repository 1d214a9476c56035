/** Keyturn as operators run it: a process of its own, with an environment of its own, ended with the test. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface KeyturnProcess extends AsyncDisposable {
  readonly pid: number;
  /** Everything written so far, to both outputs. */
  output(): string;
  /** Resolves with the exit code, or with the signal that ended it. */
  readonly exit: Promise<number | string>;
  kill(signal: NodeJS.Signals): void;
}

/** `entry` is below `src/`. Only PATH and HOME are inherited: whatever else is set around the tests must not matter. */
export function spawnKeyturn(
  entry: "main.ts" | "cli.ts",
  args: readonly string[],
  env: Record<string, string>,
): KeyturnProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, ["--conditions=@keyturn/source", `src/${entry}`, ...args], {
    cwd: ROOT,
    env: { PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += String(chunk)));
  const exit = once(child, "close").then(([code, signal]) => code ?? signal);
  if (child.pid === undefined) throw new Error("the process could not be started");
  return {
    pid: child.pid,
    output: () => output,
    exit,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await exit;
    },
  };
}

/** Waits for the ready line, or throws what the process said instead. */
export async function ready(server: KeyturnProcess): Promise<void> {
  const ended = server.exit.then((code) => {
    throw new Error(`ended with ${code} before it was ready:\n${server.output()}`);
  });
  await Promise.race([
    ended,
    vi.waitUntil(() => server.output().includes("is ready"), { timeout: 20_000, interval: 10 }),
  ]);
}

/** Runs a command to its end. */
export async function runKeyturn(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ code: number | string; output: string }> {
  const command = spawnKeyturn("cli.ts", args, env);
  const code = await command.exit;
  return { code, output: command.output() };
}
