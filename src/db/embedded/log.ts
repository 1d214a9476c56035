/**
 * Postgres' own log, DATA_DIR/postgres.log. A file and not a pipe to our logger: Postgres outlives a killed server,
 * and what it says then is what the operator needs.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_RDWR } = constants;
const ROTATE_AT = 8 * 1024 * 1024;
const TAIL = 16 * 1024;

export interface LogFile {
  readonly descriptor: number;
  /** What was written since it was opened, as lines; of one process, if any line carries its pid. */
  linesSince(pid: number | undefined): string[];
  close(): void;
}

export function openLog(file: string): LogFile {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > ROTATE_AT) renameSync(file, `${file}.1`);
  // Root may be starting in a folder of somebody else: a link there must not give away the file it points to.
  const descriptor = openSync(file, O_APPEND | O_CREAT | O_RDWR | O_NOFOLLOW, 0o600);
  fchmodSync(descriptor, 0o600);
  if (process.getuid?.() === 0 && fstatSync(descriptor).nlink === 1) {
    // Whoever owns the directory may start Keyturn next.
    const { uid, gid } = statSync(dirname(file));
    fchownSync(descriptor, uid, gid);
  }
  const start = fstatSync(descriptor).size;
  return {
    descriptor,
    linesSince(pid) {
      const lines = readFrom(descriptor, start).split("\n").filter(Boolean);
      const own = lines.filter((line) => line.includes(`[${pid}]`));
      return own.length > 0 ? own : lines;
    },
    close: () => closeSync(descriptor),
  };
}

function readFrom(descriptor: number, start: number): string {
  const size = fstatSync(descriptor).size;
  const from = Math.max(start, size - TAIL);
  const buffer = Buffer.alloc(Math.max(0, size - from));
  return buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, from));
}
