/** The directories of first starts under way, and the removal of those whose process was killed. */
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { processRuns } from "./processes.ts";

export const unfinishedPrefix = (pid: number): string => `postgres.new-${pid}-`;

export function sweepUnfinished(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    const pid = Number(/^postgres\.new-(\d+)-/.exec(name)?.[1]);
    if (!Number.isNaN(pid) && isLeftBehind(join(dataDir, name), pid)) remove(join(dataDir, name));
  }
}

/** In a container our own pid may have been that of the process killed before us. */
function isLeftBehind(directory: string, pid: number): boolean {
  if (pid !== process.pid) return !processRuns(pid);
  const made = statSync(directory, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  return made < Date.now() - process.uptime() * 1000;
}

function remove(directory: string): void {
  try {
    rmSync(directory, { recursive: true, force: true });
  } catch {
    // A killed start's initdb may still be writing there; the next start takes what it leaves.
  }
}
