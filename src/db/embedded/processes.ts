/** Whether a process still runs. A zombie does not, nor does a stranger that was given a dead postmaster's number. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "./failures.ts";

export function processRuns(pid: number): boolean {
  if (!answersSignals(pid)) return false;
  const stat = readStat(pid);
  return stat === undefined || !"ZX".includes(stat.state);
}

/**
 * In a container numbers come round again soon, and an orphan whose new parent does not reap stays a zombie for
 * ever; to Postgres both look like another postmaster. Only Linux tells; elsewhere existence has to do.
 */
export function postmasterRuns(pid: number): boolean {
  if (!answersSignals(pid)) return false;
  const stat = readStat(pid);
  return stat === undefined || (stat.command === "postgres" && !"ZX".includes(stat.state));
}

/** True as soon as `condition` holds, false when it has not within `milliseconds`. */
export async function eventually(
  condition: () => boolean,
  milliseconds: number,
  interval = 5,
): Promise<boolean> {
  const deadline = performance.now() + milliseconds;
  while (!condition()) {
    if (performance.now() > deadline) return false;
    await sleep(interval);
  }
  return true;
}

function answersSignals(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** proc(5): `pid (comm) state …`, where comm may itself hold spaces and parentheses. */
function readStat(pid: number): { command: string; state: string } | undefined {
  if (process.platform !== "linux") return undefined;
  try {
    const line = readFileSync(`/proc/${pid}/stat`, "latin1");
    const end = line.lastIndexOf(")");
    return { command: line.slice(line.indexOf("(") + 1, end), state: line.charAt(end + 2) };
  } catch {
    return undefined;
  }
}
