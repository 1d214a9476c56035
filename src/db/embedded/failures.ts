/**
 * The failures every step here may meet, told to an operator: a directory that cannot be written, a full disk.
 * Failures that belong to one step are told where that step is.
 */
import { StartupError } from "../../errors.ts";

export const USE_DATABASE_URL = "set DATABASE_URL to a Postgres of your own";

/** `code` of a system or Postgres error; empty for anything else that was thrown. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

/** The operator's sentence for a failed file operation; anything unknown passes through unchanged. */
export function storageFailure(error: unknown, dataDir: string): unknown {
  switch (codeOf(error)) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new StartupError(
        `DATA_DIR ${dataDir} cannot be read and written by this user`,
        `start Keyturn as the owner of DATA_DIR, or name another DATA_DIR, or ${USE_DATABASE_URL}`,
        error,
      );
    case "EEXIST":
    case "ENOTDIR":
      return new StartupError(
        `DATA_DIR ${dataDir} is not a directory`,
        "name a directory, or a path that does not exist yet",
        error,
      );
    case "ENOSPC":
    case "EDQUOT":
      return diskFull(dataDir, error);
    default:
      return error;
  }
}

export function diskFull(dataDir: string, cause?: unknown): StartupError {
  return new StartupError(
    `the disk that holds DATA_DIR ${dataDir} is full`,
    "free some space (nothing was lost) and start again",
    cause,
  );
}

/** What Postgres, initdb and the system loader say when the disk is full. */
export const saysDiskFull = (output: string): boolean =>
  /No space left on device|Disk quota exceeded/.test(output);
