/** Our package as its users get it: built, packed and installed into a folder, beside the peers it is compared with. */
import { readdir, stat, symlink } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { installTarball } from "../../packages/verifier/test/support/tarball.ts";

export interface InstalledPackage {
  /** Programs in here find the packages by their names. */
  readonly folder: string;
  /** Of ours, all files. */
  readonly bytes: number;
}

export async function installPackage(folder: string, peers: readonly string[]): Promise<InstalledPackage> {
  await installTarball(folder);
  for (const peer of peers) await symlink(whereIs(peer), join(folder, "node_modules", peer));
  return { folder, bytes: await weigh(join(folder, "node_modules/@keyturn/verifier")) };
}

function whereIs(name: string): string {
  const manifest = findPackageJSON(name, import.meta.url);
  if (manifest === undefined) throw new Error(`expected a package.json of ${name}`);
  return dirname(manifest);
}

async function weigh(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((sum, { size }) => sum + size, 0);
}
