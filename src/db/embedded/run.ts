/** Runs one of Postgres' programs to its end and collects what it said. Long-lived ones are `start.ts`'s business. */
import { spawn } from "node:child_process";
import { reasonOf, StartupError } from "../../errors.ts";
import type { Account } from "./account.ts";
import { codeOf, USE_DATABASE_URL } from "./failures.ts";

/**
 * Nothing of our own environment: it holds secrets, and PG* or LC_* variables would change what Postgres does.
 * LC_ALL is required on macOS, where an unset locale makes the postmaster multithreaded and it gives up.
 */
export const CHILD_ENVIRONMENT = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

export interface RunOptions {
  readonly cwd?: string;
  readonly account: Account | undefined;
  readonly input?: string;
}

/** Rejects with a StartupError if the program cannot be started at all. */
export function run(
  program: string,
  args: readonly string[],
  { cwd = "/", account, input = "" }: RunOptions,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: CHILD_ENVIRONMENT, detached: true, ...idsOf(account) });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stdin.on("error", () => {
      // It ended before it read everything; its exit code and output tell why.
    });
    child.stdin.end(input);
    child.once("error", (error) => reject(programFailure(error, program)));
    child.once("close", (code) => resolve({ code, output }));
  });
}

export const idsOf = (account: Account | undefined): { uid?: number; gid?: number } =>
  account === undefined ? {} : { uid: account.uid, gid: account.gid };

/** The operator's sentence for a program the system would not start. */
export function programFailure(error: unknown, program: string): StartupError {
  const code = codeOf(error);
  const reason =
    code === "ENOENT"
      ? "it is missing, or built for another C library (it needs glibc)"
      : code === "EPERM"
        ? "this root may not change its user"
        : code === "EACCES"
          ? "it may not be executed"
          : reasonOf(error);
  return new StartupError(
    `the embedded Postgres cannot be run (${program}): ${reason}`,
    `run npm ci again on this machine, start Keyturn as an ordinary user, or ${USE_DATABASE_URL}`,
    error,
  );
}
