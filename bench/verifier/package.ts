/** Our package as its users get it: built, packed and installed into a folder, beside the peers it is compared with. */
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, stat, symlink } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

export interface InstalledPackage {
  /** Programs in here find the packages by their names. */
  readonly folder: string;
  /** Of ours, all files. */
  readonly bytes: number;
}

const run = promisify(execFile);
const SOURCE = fileURLToPath(new URL("../../packages/verifier", import.meta.url));
const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));
/** What building takes. */
const NEEDED = ["package.json", "tsconfig.json", "README.md", "src"];

export async function installPackage(folder: string, peers: readonly string[]): Promise<InstalledPackage> {
  const tarball = await buildAndPack(join(folder, "build"));
  const installed = join(folder, "node_modules/@keyturn/verifier");
  await mkdir(installed, { recursive: true });
  await run("tar", ["-xzf", tarball, "--strip-components=1", "-C", installed]);
  for (const peer of peers) await symlink(whereIs(peer), join(folder, "node_modules", peer));
  return { folder, bytes: await weigh(installed) };
}

/** In a copy, so that a measurement never touches a build in the repository. */
async function buildAndPack(folder: string): Promise<string> {
  const cwd = join(folder, "copy");
  await mkdir(cwd, { recursive: true });
  await symlink(MODULES, join(folder, "node_modules"));
  for (const name of NEEDED) await cp(join(SOURCE, name), join(cwd, name), { recursive: true });
  await run("npm", ["run", "build"], { cwd });
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("expected npm pack to leave a tarball");
  return join(folder, tarball);
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
