/** The postmaster of a cluster as its lock file tells it: who it is, whether it is ready, how it is stopped. */
import { readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "./failures.ts";
import { eventually, postmasterRuns } from "./processes.ts";
import { SOCKET_FILE } from "./socket.ts";

export interface Postmaster {
  readonly pid: number;
  readonly ready: boolean;
}

/** The running postmaster, or undefined if there is none or only the file of a dead one. */
export function findPostmaster(pgdata: string): Postmaster | undefined {
  const file = readLockFile(join(pgdata, "postmaster.pid"));
  return file !== undefined && postmasterRuns(file.pid) ? file : undefined;
}

/**
 * Postgres clears a dead postmaster's files by itself, except when the number looks alive to it: a zombie, or a
 * stranger. Taken aside by rename first, so that the file of one that starts this instant is put back, not lost.
 * The data stay safe in any case: Postgres also asks whether the cluster's shared memory is in use.
 */
export function clearStaleLocks(pgdata: string): undefined {
  for (const name of ["postmaster.pid", `${SOCKET_FILE}.lock`]) {
    const file = join(pgdata, name);
    const dead = readLockFile(file);
    if (dead !== undefined && !postmasterRuns(dead.pid)) takeAway(file, dead.pid);
    if (dead === undefined && isEmptyRemnant(file)) rmSync(file);
  }
}

/** A power cut may leave one without content; one that is being written is empty for an instant only. */
function isEmptyRemnant(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && found.size === 0 && Date.now() - found.mtimeMs > 5000;
}

function takeAway(file: string, pid: number): void {
  const aside = `${file}.stale-${process.pid}`;
  try {
    renameSync(file, aside);
    if (readLockFile(aside)?.pid === pid) rmSync(aside);
    else renameSync(aside, file);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}

/** Fast shutdown; if that takes more than 8 seconds, immediate shutdown, which the next start recovers from. */
export async function stopPostmaster(pgdata: string, pid: number): Promise<void> {
  for (const [signal, patience] of [
    ["SIGINT", 8000],
    ["SIGQUIT", 5000],
    ["SIGKILL", 2000],
  ] as const) {
    // Only what the lock file still names: the number may belong to somebody else by now.
    if (findPostmaster(pgdata)?.pid === pid) signalProcess(pid, signal);
    if (await eventually(() => !postmasterRuns(pid), patience)) return;
  }
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (codeOf(error) !== "ESRCH") throw error;
  }
}

/** Line 1 is the pid, line 8 the status, padded (miscadmin.h, LOCK_FILE_LINE_*). */
function readLockFile(file: string): Postmaster | undefined {
  try {
    const lines = readFileSync(file, "utf8").split("\n");
    const pid = Number(lines[0]);
    return Number.isInteger(pid) && pid > 1 ? { pid, ready: lines[7]?.trim() === "ready" } : undefined;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
