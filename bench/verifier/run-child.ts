/** Runs a measurement in a process of its own, and gives back what it has printed. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const PATIENCE_MS = 180_000;
const MAX_OUTPUT = 16 * 1024 * 1024;

/** `file` beside this one. With our package from its sources: the same code as built, without its types. */
export async function runChild(file: string, ...args: string[]): Promise<string> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--conditions=@keyturn/source", path, ...args],
    { env: {}, timeout: PATIENCE_MS, maxBuffer: MAX_OUTPUT },
  );
  return stdout;
}
