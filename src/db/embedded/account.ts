/**
 * Under which account Postgres runs: ours, or an unprivileged one when we are root, since Postgres refuses root.
 * Finding programs that account can reach is `reachable.ts`'s business.
 */
import { chmodSync, lchownSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { StartupError } from "../../errors.ts";
import { USE_DATABASE_URL } from "./failures.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Undefined: run as ourselves. A cluster that already has an unprivileged owner keeps it. */
export function accountFor(pgdata: string): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (process.platform !== "linux") {
    throw new StartupError(
      "Postgres does not run as root",
      `start Keyturn as an ordinary user, or ${USE_DATABASE_URL}`,
    );
  }
  const owner = statSync(pgdata, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const account = unprivilegedAccount(readFileSync("/etc/passwd", "utf8"));
  if (account !== undefined) return account;
  throw new StartupError(
    "Postgres does not run as root, and this system has neither an account postgres nor nobody",
    `start Keyturn as an ordinary user, or ${USE_DATABASE_URL}`,
  );
}

/** `postgres` if the system has one, else `nobody`: accounts are used, never created. */
export function unprivilegedAccount(passwd: string): Account | undefined {
  const entries = passwd.split("\n").map((line) => line.split(":"));
  for (const name of ["postgres", "nobody"]) {
    const entry = entries.find((fields) => fields[0] === name);
    const [uid, gid] = [Number(entry?.[2]), Number(entry?.[3])];
    if (Number.isInteger(uid) && uid > 0 && Number.isInteger(gid)) return { uid, gid };
  }
  return undefined;
}

/**
 * How a program is told where its cluster is. The account cannot walk to a directory below one that is closed to
 * it, but it is born there: the parent's chdir happens before setuid, and this link needs no walking.
 */
export const dataArgument = (pgdata: string, account: Account | undefined): string =>
  account === undefined ? pgdata : "/proc/self/cwd";

/** A cluster restored by root, or with a loose mode, is given back to the account that runs it. */
export function claim(pgdata: string, account: Account | undefined): void {
  const { uid, mode } = statSync(pgdata);
  if (account !== undefined && uid !== account.uid) {
    for (const entry of readdirSync(pgdata, { recursive: true, encoding: "utf8" })) {
      lchownSync(join(pgdata, entry), account.uid, account.gid);
    }
    lchownSync(pgdata, account.uid, account.gid);
  }
  if ((mode & 0o077) !== 0) chmodSync(pgdata, 0o700);
}
