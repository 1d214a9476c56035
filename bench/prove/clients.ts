/** The client processes: one for each verifier library, started, asked for their counts, and ended. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";

/** Not a library: `held.ts`. */
export const HELD = "held";

export interface Counts {
  readonly verified: number;
  readonly failed: number;
  /** Keys whose tokens were verified. */
  readonly kids: number;
  /** Answers without a token: a server was starting, say. */
  readonly refused: number;
  /** The first few different ones. */
  readonly errors: readonly string[];
}

export interface Client extends AsyncDisposable {
  readonly name: string;
  readonly clockOffset: number;
  counts(): Promise<Counts>;
}

export interface ClientOptions {
  readonly name: string;
  readonly url: string;
  /** How far its clock is off, in milliseconds. */
  readonly clockOffset: number;
}

const ROOT = new URL("../..", import.meta.url);
const PATIENCE_MS = 60_000;

export async function startClient({ name, url, clockOffset }: ClientOptions): Promise<Client> {
  const child = fork(new URL("client.ts", import.meta.url), [name, url], {
    cwd: ROOT,
    execArgv: ["--import", "./bench/prove/clock.ts", "--conditions=@keyturn/source"],
    env: { PATH: process.env["PATH"], CLOCK_OFFSET_MS: String(clockOffset) },
  });
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  };
  try {
    await heard(child, isReady);
  } catch (error) {
    await end();
    throw new Error(`the client with ${name} did not get ready`, { cause: error });
  }
  return {
    name,
    clockOffset,
    async counts() {
      const answer = heard(child, isCounts);
      child.send("counts");
      return answer;
    },
    [Symbol.asyncDispose]: end,
  };
}

/** The next message that is one of these. Rejects when the process ends before. */
function heard<T>(child: ChildProcess, isOne: (message: unknown) => message is T): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it said nothing in time")), PATIENCE_MS);
    const onMessage = (message: unknown) => {
      if (isOne(message)) settle(() => resolve(message));
    };
    const onExit = (code: number | null) => settle(() => reject(new Error(`it ended with ${code}`)));
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      child.off("message", onMessage).off("exit", onExit);
      outcome();
    };
    child.on("message", onMessage).on("exit", onExit);
  });
}

const isReady = (message: unknown): message is "ready" => message === "ready";
const isCounts = (message: unknown): message is Counts =>
  typeof message === "object" && message !== null && "verified" in message;
