/**
 * `npm run prove:trust`: for how long each verifier library, as it comes, trusts a revoked key, and how soon a new one.
 * Prints the table and writes it to docs/verifier-trust.md. What is measured is in `trust/measure.ts`.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installPeers } from "./install.ts";
import { renderDocument, renderTable } from "./trust/document.ts";
import { type Measured, parseMeasured } from "./trust/measured.ts";
import { VERIFIERS } from "./verifiers.ts";

const CHILD = fileURLToPath(new URL("trust/child.ts", import.meta.url));
const DOCUMENT = new URL("../docs/verifier-trust.md", import.meta.url);
const PATIENCE_MS = 180_000;

/** In a process of its own, because time is pushed there. */
async function measureApart(library: string): Promise<Measured> {
  console.error(`${library} …`);
  const args = [...process.execArgv, CHILD, library];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env: {}, timeout: PATIENCE_MS });
  return parseMeasured(stdout);
}

await installPeers();
const libraries: Measured[] = [];
// One after the other: they are busy all the time, and a machine may have but two cores.
for (const library of Object.keys(VERIFIERS)) libraries.push(await measureApart(library));
await writeFile(DOCUMENT, renderDocument(libraries));
console.log(`\n${renderTable(libraries)}\n`);
console.error("Written to docs/verifier-trust.md");
