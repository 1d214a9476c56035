/** Looks at DATA_DIR/postgres and decides whether it may be started. Touches nothing. */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartupError } from "../../errors.ts";
import { POSTGRES_MAJOR } from "./binaries.ts";
import { USE_DATABASE_URL } from "./failures.ts";

export function inspectCluster(pgdata: string): "absent" | "present" {
  const found = statSync(pgdata, { throwIfNoEntry: false });
  if (found === undefined) return "absent";
  if (!found.isDirectory()) throw damaged(pgdata, "it is not a directory");
  const version = readVersion(join(pgdata, "PG_VERSION"));
  if (version === undefined || version === "") throw damaged(pgdata, "PG_VERSION is missing");
  if (version !== POSTGRES_MAJOR) throw otherMajor(pgdata, version);
  const control = statSync(join(pgdata, "global", "pg_control"), { throwIfNoEntry: false });
  if (control === undefined || control.size === 0) throw damaged(pgdata, "global/pg_control is missing");
  return "present";
}

function readVersion(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8").trim() : undefined;
}

function damaged(pgdata: string, what: string): StartupError {
  return new StartupError(
    `${pgdata} is not a whole Postgres cluster: ${what}`,
    "restore it from a backup, or move it away to begin with an empty database",
  );
}

function otherMajor(pgdata: string, version: string): StartupError {
  const newer = Number(version) > Number(POSTGRES_MAJOR);
  return new StartupError(
    `${pgdata} was written by Postgres ${version}, and this Keyturn brings Postgres ${POSTGRES_MAJOR}`,
    newer
      ? `start the newer Keyturn that wrote it, or restore a backup from before it; or ${USE_DATABASE_URL}`
      : `dump it with the Keyturn that wrote it (pg_dump) and restore the dump into an empty DATA_DIR, or run pg_upgrade`,
  );
}
