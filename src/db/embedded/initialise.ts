/**
 * Makes the cluster, its password and its database in a directory beside, then renames it into place: whoever is
 * killed on the way leaves nothing half-made, and of two that begin at once one wins.
 */
import {
  chownSync,
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StartupError } from "../../errors.ts";
import { type Account, dataArgument } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { codeOf, diskFull, saysDiskFull } from "./failures.ts";
import type { Place } from "./place.ts";
import { run } from "./run.ts";
import { HOST_BASED_AUTHENTICATION } from "./settings.ts";
import { unfinishedPrefix } from "./unfinished.ts";

export const USER = "keyturn";
export const DATABASE = "keyturn";

export interface InitialiseParts {
  readonly place: Place;
  readonly binaries: Binaries;
  readonly account: Account | undefined;
  readonly password: string;
  readonly durable: boolean;
}

export async function initialise(parts: InitialiseParts): Promise<void> {
  const { dataDir, pgdata } = parts.place;
  const fresh = mkdtempSync(join(dataDir, unfinishedPrefix(process.pid)));
  try {
    if (parts.account !== undefined) chownSync(fresh, parts.account.uid, parts.account.gid);
    await makeCluster(fresh, parts);
    renameSync(fresh, pgdata);
    if (parts.durable) sync(dataDir);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Somebody else's first start was faster. Theirs is as good as ours.
    if (codeOf(error) !== "ENOTEMPTY" && codeOf(error) !== "EEXIST") throw error;
  }
}

async function makeCluster(fresh: string, parts: InitialiseParts): Promise<void> {
  const { binaries, durable } = parts;
  const about = ["--username", USER, "--encoding", "UTF8", "--locale", "C", "--data-checksums"];
  // Nobody gets in until the rules below are in place; with any other method initdb wants a password file.
  const flags = ["--auth", "reject", "--no-instructions", ...(durable ? [] : ["--no-sync"])];
  await step(parts, fresh, binaries.initdb, [...about, ...flags]);
  const sql = `alter role ${USER} password ${literal(parts.password)};\ncreate database ${DATABASE};\n`;
  const settings = ["exit_on_error=on", "password_encryption=scram-sha-256", "log_min_error_statement=panic"];
  if (!durable) settings.push("fsync=off");
  const single = ["--single", ...settings.flatMap((setting) => ["-c", setting])];
  await step(parts, fresh, binaries.postgres, single, ["postgres"], sql);
  const rules = join(fresh, "pg_hba.conf");
  writeFileSync(rules, HOST_BASED_AUTHENTICATION);
  if (durable) sync(rules);
}

async function step(
  { place, account }: InitialiseParts,
  cwd: string,
  program: string,
  args: readonly string[],
  last: readonly string[] = [],
  input?: string,
): Promise<void> {
  const command = [...args, "-D", dataArgument(cwd, account), ...last];
  const { code, output } = await run(program, command, {
    cwd,
    account,
    ...(input === undefined ? {} : { input }),
  });
  if (code === 0) return;
  if (saysDiskFull(output)) throw diskFull(place.dataDir);
  throw new StartupError(
    `the embedded Postgres could not be set up: ${output.trim().split("\n").slice(-8).join("\n  ")}`,
    "mend what it says and start again (nothing was left behind), or set DATABASE_URL",
  );
}

/** A string in SQL on one line: single-user mode ends a command at the end of the line. */
function literal(text: string): string {
  return `E'${text.replace(/[^A-Za-z0-9_-]/gu, escaped)}'`;
}

const escaped = (character: string): string =>
  `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, "0")}`;

function sync(path: string): void {
  const descriptor = openSync(path, "r");
  fsyncSync(descriptor);
  closeSync(descriptor);
}
