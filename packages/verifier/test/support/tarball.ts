// The package as its users get it: built and packed, in a copy, so that nothing touches a build in the repository.
import { execFile } from "node:child_process";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const MODULES = fileURLToPath(new URL("../../../../node_modules", import.meta.url));
/** What building takes. */
const NEEDED = ["package.json", "tsconfig.json", "rolldown.config.ts", "README.md", "LICENSE", "src"];

/** Into `folder`/node_modules; `folder` is made. */
export async function installTarball(folder: string): Promise<void> {
  const build = join(folder, "build");
  const copy = join(build, "copy");
  const target = join(folder, "node_modules/@keyturn/verifier");
  for (const each of [copy, target]) await mkdir(each, { recursive: true });
  await symlink(MODULES, join(build, "node_modules"));
  for (const name of NEEDED) await cp(join(PACKAGE, name), join(copy, name), { recursive: true });
  await run("npm", ["run", "build"], { cwd: copy });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--silent"], { cwd: copy });
  await run("tar", ["-xzf", join(copy, stdout.trim()), "--strip-components=1", "-C", target]);
}
