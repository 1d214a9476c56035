/** The path by which this process reaches the socket file of a cluster, however deep its directory lies. */
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { StartupError } from "../../errors.ts";
import { USE_DATABASE_URL } from "./failures.ts";

export const SOCKET_FILE = ".s.PGSQL.5432";

/** unix(7): sun_path, less its closing zero byte. */
const LIMIT = process.platform === "linux" ? 107 : 103;

export interface SocketPath {
  readonly path: string;
  close(): void;
}

/** The directory must exist. The path stays good until `close`. */
export function socketPathOf(pgdata: string): SocketPath {
  const path = join(pgdata, SOCKET_FILE);
  if (Buffer.byteLength(path) <= LIMIT) return { path, close: () => {} };
  if (process.platform !== "linux") {
    throw new StartupError(
      `the socket path ${path} is longer than this system's ${LIMIT} bytes`,
      `name a DATA_DIR with a shorter path, or ${USE_DATABASE_URL}`,
    );
  }
  // An open directory has a short name. With our pid in it, child processes of ours may use the path too.
  const directory = openSync(pgdata, constants.O_RDONLY | constants.O_DIRECTORY);
  let open = true;
  return {
    path: `/proc/${process.pid}/fd/${directory}/${SOCKET_FILE}`,
    close() {
      if (open) closeSync(directory);
      open = false;
    },
  };
}
