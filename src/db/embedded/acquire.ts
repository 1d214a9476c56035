/**
 * From a directory to a running Postgres with our session in it: initialises, starts, adopts, waits out whatever is
 * passing, and refuses if another process owns it. Holding on to it afterwards is `open.ts`'s business.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { StartupError } from "../../errors.ts";
import { type Account, accountFor } from "./account.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { inspectCluster } from "./cluster.ts";
import { codeOf } from "./failures.ts";
import { initialise } from "./initialise.ts";
import type { Place } from "./place.ts";
import { clearStaleLocks, findPostmaster, stopPostmaster } from "./postmaster.ts";
import { processRuns } from "./processes.ts";
import { reachableBinaries } from "./reachable.ts";
import { isPassing, openSession, type Session } from "./session.ts";
import { type SocketPath, socketPathOf } from "./socket.ts";
import { startPostmaster } from "./start.ts";
import { sweepUnfinished } from "./unfinished.ts";

export interface AcquireParts {
  readonly place: Place;
  readonly password: string;
  readonly durable: boolean;
  readonly mode: "own" | "attach";
  /** False when data were here a moment ago: a running server does not begin anew with an empty database. */
  readonly mayInitialise: boolean;
}

export interface Hold {
  readonly session: Session;
  readonly socket: SocketPath;
  /** The postmaster. */
  readonly pid: number;
  /** Whether this call started it. */
  readonly started: boolean;
}

/** For an owner that is just going, what a killed postmaster left in memory, a database that shuts down. */
const PATIENCE = 10_000;
/** For a postmaster somebody else started that is still recovering. */
const PATIENCE_WHEN_STARTING = 60_000;
const PAUSE = 10;

export async function acquire(parts: AcquireParts): Promise<Hold> {
  const { place } = parts;
  const programs = lazily(() => prepare(place));
  const cluster = inspectCluster(place.pgdata);
  if (cluster === "absent" && !parts.mayInitialise) throw disappeared(place);
  sweepUnfinished(place.dataDir);
  if (cluster === "absent") await initialise({ ...parts, ...(await programs()) });
  const socket = socketPathOf(place.pgdata);
  const attempt: Attempt = { ...parts, socket, programs, begun: performance.now(), started: undefined };
  try {
    for (;;) {
      const hold = await tryOnce(attempt);
      if (hold !== undefined) return hold;
      const running = findPostmaster(place.pgdata);
      const starting = running !== undefined && !running.ready;
      if (isOverdue(attempt, starting ? PATIENCE_WHEN_STARTING : PATIENCE))
        throw notAnswering(place, running?.pid);
      await sleep(PAUSE);
    }
  } catch (error) {
    socket.close();
    if (error instanceof OwnedElsewhere) throw error;
    // Nobody is to find a database running that its own starter could not use.
    if (attempt.started !== undefined) await stopPostmaster(place.pgdata, attempt.started);
    throw codeOf(error) === "28P01" ? wrongPassword(place, error) : error;
  }
}

interface Attempt extends AcquireParts {
  readonly socket: SocketPath;
  readonly programs: () => Promise<Programs>;
  readonly begun: number;
  started: number | undefined;
}

/** Undefined when something passing was in the way. */
async function tryOnce(attempt: Attempt): Promise<Hold | undefined> {
  const { place, socket, password } = attempt;
  let pid = findPostmaster(place.pgdata)?.pid;
  if (pid === undefined) {
    const outcome = await startPostmaster({ ...attempt, ...(await attempt.programs()) });
    if (outcome === "later") return clearStaleLocks(place.pgdata);
    pid = attempt.started = outcome;
  }
  const session = await openSession({ path: socket.path, password, role: "guest" });
  if (session === undefined) return undefined;
  try {
    if (attempt.mode === "attach" || (await owns(session, attempt))) {
      return { session, socket, pid, started: pid === attempt.started };
    }
    await session.close();
  } catch (error) {
    await session.close();
    if (!isPassing(error)) throw error;
  }
  return undefined;
}

const isOverdue = ({ begun }: Attempt, patience: number): boolean => performance.now() - begun > patience;

/** Another live process has the lock. What was started meanwhile belongs to it. */
export class OwnedElsewhere extends StartupError {}

async function owns(session: Session, attempt: Attempt): Promise<boolean> {
  if (await session.tryOwn()) {
    await session.rename("owner");
    return true;
  }
  const owner = await session.owner();
  // A killed owner's connection takes a moment to notice, and one that stops is nearly gone.
  const passing = owner === undefined || owner.role === "stopping" || !processRuns(owner.pid);
  if (passing && !isOverdue(attempt, PATIENCE)) return false;
  throw new OwnedElsewhere(
    `another Keyturn server (pid ${owner?.pid ?? "unknown"}) is using DATA_DIR ${attempt.place.dataDir}`,
    "stop that one first, or give this one a DATA_DIR of its own; servers side by side share a DATABASE_URL",
  );
}

interface Programs {
  readonly binaries: Binaries;
  readonly account: Account | undefined;
}

async function prepare(place: Place): Promise<Programs> {
  const account = accountFor(place.pgdata);
  const installed = await findBinaries();
  return {
    account,
    binaries: account === undefined ? installed : await reachableBinaries(installed, account),
  };
}

function lazily<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

function wrongPassword({ dataDir }: Place, cause: unknown): StartupError {
  return new StartupError(
    `the embedded Postgres in ${dataDir} does not accept the password kept for it`,
    "restore the secrets that were kept in DATA_DIR together with this database, from the same backup",
    cause,
  );
}

function disappeared({ pgdata }: Place): StartupError {
  return new StartupError(
    `${pgdata} has disappeared under the running server`,
    "put it back, or restore a backup",
  );
}

function notAnswering({ log, pgdata }: Place, pid: number | undefined): StartupError {
  return new StartupError(
    pid === undefined
      ? `the embedded Postgres in ${pgdata} does not stay up`
      : `the embedded Postgres in ${pgdata} (pid ${pid}) runs but does not answer`,
    `see ${log}, then start Keyturn again${pid === undefined ? "" : `; if that does not help, kill ${pid} first`}`,
  );
}
