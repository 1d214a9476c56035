/** What a process costs the machine: processor time and memory, as the system tells it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** proc(5): times in `stat` are in clock ticks, 100 a second on every Linux that Node runs on. */
const TICK_MS = 10;

/** User and system time of all its threads since it started. Only Linux tells precisely enough. */
export function readCpuMilliseconds(pid: number): number | undefined {
  if (process.platform !== "linux") return undefined;
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  // The second field, the command, may hold spaces; what follows its parenthesis begins with the third.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

/** Resident memory, in MB of a million bytes. */
export function readMemory(pid: number): number {
  const kibibytes =
    process.platform === "linux"
      ? (/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? "")
      : execFileSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" });
  return (Number.parseInt(kibibytes, 10) * 1024) / 1e6;
}
