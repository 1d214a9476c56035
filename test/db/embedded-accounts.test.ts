/** Who owns what: root's Postgres runs under another account, and everybody else's under their own. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { unprivilegedAccount } from "../../src/db/embedded/account.ts";
import { findBinaries, packageOf } from "../../src/db/embedded/binaries.ts";
import { reachableBinaries } from "../../src/db/embedded/reachable.ts";
import { createPlace, query } from "./embedded-place.ts";

const isRoot = process.getuid?.() === 0 && process.platform === "linux";
const nobody = { uid: 65534, gid: 65534 };
const ROOT_ONLY = "only root's Postgres runs under another account";
const OUT_OF_REACH = "this clone, and the node in it, lie where nobody may not go";

type Skip = (note?: string) => never;

/** Says why on the terminal as well: a skipped test is never silent. */
function skipUnless(condition: boolean, reason: string, skip: Skip): void {
  if (condition) return;
  console.log(`skipped: ${reason}`);
  skip(reason);
}

const nobodyCanRun = (file: string): boolean => spawnSync(file, ["--version"], nobody).status === 0;

test("the account that runs Postgres for root is postgres, else nobody, never root", () => {
  const passwd = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n";
  expect(unprivilegedAccount(passwd)).toEqual(nobody);
  expect(unprivilegedAccount(`${passwd}postgres:x:70:71::/var/lib/postgresql:/bin/sh\n`)).toEqual({
    uid: 70,
    gid: 71,
  });
  expect(unprivilegedAccount("root:x:0:0::/root:/bin/sh\npostgres:x:0:0::/:/bin/sh\n")).toBeUndefined();
});

test("root's Postgres runs as an ordinary account below a directory closed to it", async ({ skip }) => {
  skipUnless(isRoot, ROOT_ONLY, skip);
  await using place = createPlace();
  const database = await place.open();
  expect(statSync(place.parent).mode & 0o777).toBe(0o700);
  expect(statSync(place.dataDir).uid).toBe(0);
  const account = unprivilegedAccount(readFileSync("/etc/passwd", "utf8"));
  expect(statSync(place.pgdata).uid).toBe(account?.uid);
  expect(statSync(`/proc/${database.pid}`).uid).toBe(account?.uid);
});

test("programs in a closed directory are copied once to where the account reaches them", async ({ skip }) => {
  skipUnless(isRoot, ROOT_ONLY, skip);
  await using place = createPlace();
  const installed = await findBinaries();
  const folder = join(place.parent, "package");
  cpSync(packageOf(installed), folder, { recursive: true, verbatimSymlinks: true });
  const hidden = {
    initdb: join(folder, "native/bin/initdb"),
    postgres: join(folder, "native/bin/postgres"),
  };
  const reachable = mkdtempSync(join(tmpdir(), "keyturn-programs-"));
  chmodSync(reachable, 0o755);
  try {
    const first = await reachableBinaries(hidden, nobody, [place.parent, reachable]);
    const before = statSync(first.postgres);
    expect(first.postgres.startsWith(reachable)).toBe(true);
    expect([before.uid, before.mode & 0o777]).toEqual([0, 0o755]);
    expect(readdirSync(place.parent)).toEqual(["package"]);
    expect(await reachableBinaries(hidden, nobody, [reachable])).toEqual(first);
    expect(statSync(first.postgres).ino).toBe(before.ino);
    rmSync(join(dirname(first.initdb), "initdb"));
    expect(await reachableBinaries(hidden, nobody, [reachable])).toEqual(first);
    expect(statSync(first.initdb).isFile()).toBe(true);
  } finally {
    rmSync(reachable, { recursive: true });
  }
});

test("an ordinary user starts, restarts and adopts its own database", async ({ skip }) => {
  skipUnless(isRoot, "every other test here runs as an ordinary user already", skip);
  skipUnless(nobodyCanRun(process.execPath), OUT_OF_REACH, skip);
  await using place = createPlace();
  chownSync(place.parent, nobody.uid, nobody.gid);
  const first = await place.spawn(nobody);
  expect(first.refused).toBeUndefined();
  expect(statSync(place.pgdata).uid).toBe(nobody.uid);
  await first.kill("SIGKILL");
  const second = await place.spawn(nobody);
  expect(second).toMatchObject({ adopted: true, postmaster: first.postmaster });
  await second.kill("SIGTERM");
  const root = await place.open();
  expect(statSync(`/proc/${root.pid}`).uid).toBe(nobody.uid);
  expect(await query(root, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a DATA_DIR that belongs to somebody else is refused", async ({ skip }) => {
  skipUnless(isRoot, "root alone can hand a folder to somebody else", skip);
  skipUnless(nobodyCanRun(process.execPath), OUT_OF_REACH, skip);
  await using place = createPlace();
  chmodSync(place.parent, 0o755);
  const { refused, wayOut } = await place.spawn(nobody);
  expect(refused).toContain(`DATA_DIR ${place.dataDir} cannot be read and written by this user`);
  expect(wayOut).toContain("as the owner of DATA_DIR");
});
