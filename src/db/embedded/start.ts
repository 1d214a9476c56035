/** Starts the postmaster of an existing cluster and waits until it is ready, or says why it is not. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { StartupError } from "../../errors.ts";
import { type Account, claim, dataArgument } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { diskFull, saysDiskFull } from "./failures.ts";
import { type LogFile, openLog } from "./log.ts";
import type { Place } from "./place.ts";
import { findPostmaster } from "./postmaster.ts";
import { eventually } from "./processes.ts";
import { CHILD_ENVIRONMENT, idsOf, programFailure } from "./run.ts";
import { settingsArguments } from "./settings.ts";

/** Crash recovery replays at most about a gigabyte; a slow disk needs a while for that. */
const PATIENCE = 60_000;

export interface StartParts {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly durable: boolean;
}

/** Its pid once ready; "later" if another postmaster, or what is left of a killed one, is in the way. */
export async function startPostmaster(parts: StartParts): Promise<number | "later"> {
  const { place, binaries, account, durable } = parts;
  claim(place.pgdata, account);
  const log = openLog(place.log);
  try {
    const args = ["-D", dataArgument(place.pgdata, account), ...settingsArguments(durable)];
    const child = spawn(binaries.postgres, args, {
      cwd: place.pgdata,
      env: CHILD_ENVIRONMENT,
      // A session of its own: the terminal's Ctrl-C is for the server, which drains before it stops the database.
      detached: true,
      stdio: ["ignore", log.descriptor, log.descriptor],
      ...idsOf(account),
    });
    try {
      await once(child, "spawn");
    } catch (error) {
      throw programFailure(error, binaries.postgres);
    }
    const ready = () => {
      const found = findPostmaster(place.pgdata);
      return found?.pid === child.pid && found?.ready === true;
    };
    const ended = () => child.exitCode !== null || child.signalCode !== null;
    await eventually(() => ended() || ready(), PATIENCE);
    // It may outlive us: a refused second server leaves what it started to the first.
    child.unref();
    if (child.signalCode !== null) return "later";
    if (ended()) return explain(log.linesSince(child.pid), place);
    if (child.pid !== undefined && ready()) return child.pid;
    throw new StartupError(
      `the embedded Postgres is not ready after ${PATIENCE / 1000} seconds:${quote(log, child.pid)}`,
      "it is still running and may be recovering: wait, then start Keyturn again",
    );
  } finally {
    log.close();
  }
}

/** English for sure: its environment is ours to choose. */
const IN_THE_WAY =
  /lock file "[^"]*" already exists|pre-existing shared memory block|lock file "[^"]*" is empty/;

function explain(lines: readonly string[], place: Place): "later" {
  const output = lines.join("\n");
  if (IN_THE_WAY.test(output)) return "later";
  if (saysDiskFull(output)) throw diskFull(place.dataDir);
  throw new StartupError(
    `the embedded Postgres did not start:\n  ${lines.slice(-8).join("\n  ")}`,
    `mend what it says (the whole log is ${place.log}), or restore DATA_DIR from a backup`,
  );
}

const quote = (log: LogFile, pid: number | undefined): string =>
  log
    .linesSince(pid)
    .slice(-4)
    .map((line) => `\n  ${line}`)
    .join("");
