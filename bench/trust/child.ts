/** Measures the one library it is told by name, in a process whose time is its own, and prints that as JSON. */
import { readFileSync } from "node:fs";
import { findPackageJSON } from "node:module";
import { VERIFIERS } from "../verifiers.ts";
import { takeOverTime } from "./clock.ts";
import { startIssuer } from "./issuer.ts";
import { measure } from "./measure.ts";
import type { Measured } from "./measured.ts";

const [name = ""] = process.argv.slice(2);
const load = VERIFIERS[name];
if (load === undefined) throw new Error(`expected one of ${Object.keys(VERIFIERS).join(", ")}; got ${name}`);

const clock = takeOverTime();
// Ours spreads its fetches by chance. Almost 1 is the longest it waits, and the same in every run.
Math.random = () => 1 - Number.EPSILON;

const library = await load();
const issuer = await startIssuer();
const measured: Measured = {
  name: library.name,
  packages: library.packages.map(identify),
  ...(await measure({ clock, issuer, library })),
};
issuer.close();
console.log(JSON.stringify(measured));

/** With the version that is installed. */
function identify(name: string): string {
  const path = findPackageJSON(name, import.meta.url);
  if (path === undefined) throw new Error(`expected a package.json of ${name}`);
  const { version } = JSON.parse(readFileSync(path, "utf8"));
  return `${name} ${version}`;
}
