/**
 * Gives an unprivileged account programs it can run: the installed ones if it can reach them, else a copy outside
 * the closed directory (/root, a private checkout), owned by root and writable by nobody else.
 */
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { z } from "zod";
import { reasonOf, StartupError } from "../../errors.ts";
import type { Account } from "./account.ts";
import { type Binaries, packageOf } from "./binaries.ts";
import { codeOf, USE_DATABASE_URL } from "./failures.ts";
import { run } from "./run.ts";

/** /tmp last: some systems clean it under a running server, or forbid programs there. */
const HOMES = ["/var/cache", tmpdir(), "/tmp"];

export async function reachableBinaries(
  installed: Binaries,
  account: Account,
  homes: readonly string[] = HOMES,
): Promise<Binaries> {
  let obstacle = await obstacleTo(installed, account);
  if (obstacle === undefined) return installed;
  const source = join(packageOf(installed), "native");
  const files = filesIn(source);
  for (const home of homes) {
    try {
      const copy = copyTo(home, source, files);
      const copied = { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
      obstacle = await obstacleTo(copied, account);
      if (obstacle === undefined) return copied;
      rmSync(copy, { recursive: true, force: true });
    } catch (error) {
      if (error instanceof StartupError) throw error;
      obstacle = reasonOf(error);
    }
  }
  throw new StartupError(
    `the embedded Postgres cannot be run as uid ${account.uid}, and Postgres does not run as root: ${obstacle}`,
    `start Keyturn as an ordinary user, or ${USE_DATABASE_URL}`,
  );
}

/** Asking the system is surer than reading mode bits: it knows of ACLs, noexec mounts and missing libraries too. */
async function obstacleTo({ postgres }: Binaries, account: Account): Promise<string | undefined> {
  try {
    const { code, output } = await run(postgres, ["--version"], { account });
    return code === 0 ? undefined : output.trim();
  } catch (error) {
    if (error instanceof StartupError && codeOf(error.cause) !== "EACCES") throw error;
    return reasonOf(error);
  }
}

interface Entry {
  readonly path: string;
  readonly kind: "directory" | "file" | "link";
  readonly mode: number;
  readonly size: number;
}

/** The copy, made or found intact. Built under another name first, so that a found one is whole. */
function copyTo(home: string, source: string, files: readonly Entry[]): string {
  const target = join(home, `keyturn-postgres-${versionOf(source)}-${fingerprint(files)}`);
  if (isOurs(target)) {
    if (fingerprint(filesIn(target)) === fingerprint(files)) return target;
    rmSync(target, { recursive: true });
  }
  const fresh = mkdtempSync(`${target}.new-`);
  try {
    chmodSync(fresh, 0o755);
    for (const entry of files) copyEntry(entry, source, fresh);
    renameSync(fresh, target);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another start was faster; anything else in our place is not to be trusted.
    if (!isOurs(target)) throw error;
  }
  return target;
}

function copyEntry({ path, kind, mode }: Entry, from: string, to: string): void {
  const target = join(to, path);
  if (kind === "link") return symlinkSync(readlinkSync(join(from, path)), target);
  if (kind === "directory") mkdirSync(target);
  else copyFileSync(join(from, path), target);
  chmodSync(target, kind === "directory" || (mode & 0o100) !== 0 ? 0o755 : 0o644);
}

function isOurs(directory: string): boolean {
  const found = lstatSync(directory, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === 0 && (found.mode & 0o022) === 0;
}

/** Parents before children. What only a compiler needs stays behind. */
function filesIn(root: string, folder = ""): Entry[] {
  const entries: Entry[] = [];
  for (const name of readdirSync(join(root, folder)).sort()) {
    if (name.endsWith(".a") || name === "include" || name === "pkgconfig" || name === "pg-symlinks.json")
      continue;
    const path = join(folder, name);
    const found = lstatSync(join(root, path));
    const kind = found.isSymbolicLink() ? "link" : found.isDirectory() ? "directory" : "file";
    entries.push({ path, kind, mode: found.mode, size: kind === "directory" ? 0 : found.size });
    if (kind === "directory") entries.push(...filesIn(root, path));
  }
  return entries;
}

function fingerprint(files: readonly Entry[]): string {
  const lines = files.map(({ path, kind, size }) => `${path}\0${kind}\0${size}`);
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16);
}

function versionOf(native: string): string {
  const text = readFileSync(join(dirname(native), "package.json"), "utf8");
  return z.object({ version: z.string().regex(/^[\w.+-]+$/) }).parse(JSON.parse(text)).version;
}
