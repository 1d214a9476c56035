/** A data folder for the embedded Postgres of one test; whatever a killed server left running there ends with it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function createDataDir(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "keyturn-data-"));
  return {
    path,
    [Symbol.dispose]() {
      endOrphan(join(path, "postgres", "postmaster.pid"));
      rmSync(path, { recursive: true, force: true });
    },
  };
}

function endOrphan(pidFile: string): void {
  if (!existsSync(pidFile)) return;
  try {
    process.kill(Number(readFileSync(pidFile, "utf8").split("\n", 1)[0]), "SIGQUIT");
  } catch {
    // Gone already.
  }
}
