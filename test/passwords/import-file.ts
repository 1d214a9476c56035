/** Files to import, and `keyturn users import` run on them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestDatabase } from "../support/postgres.ts";
import { runKeyturn } from "../support/process.ts";
import { TEST_SECRETS } from "../support/server.ts";

export const PASSWORD = "lantern over the quiet harbour";
/** bcrypt's of `PASSWORD`. */
export const BCRYPT = "$2b$08$rl24CWs8shhuqI7mcyaCA.q.jc.h1Bg97pOPcYNKN7uiRy33saiBe";

/** A file of these lines, and what is written beside it, gone with the test. */
export function createImportFile(lines: readonly unknown[]) {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-import-"));
  const path = join(folder, "people.ndjson");
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  writeFileSync(path, text);
  const rejectedPath = `${path}.rejected.ndjson`;
  return {
    path,
    rejectedPath,
    rejected: () => (existsSync(rejectedPath) ? readFileSync(rejectedPath, "utf8") : ""),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export const commandEnv = ({ url }: TestDatabase) => ({ DATABASE_URL: url, ...TEST_SECRETS });

/** The answer is undefined when the command ended with words. */
export async function runImport(database: TestDatabase, path: string, ...options: string[]) {
  const { code, output } = await runKeyturn(
    ["users", "import", path, "--json", ...options],
    commandEnv(database),
  );
  // Progress goes to the other output, which stands before it.
  const json = /^\{\n[\s\S]*/m.exec(output)?.[0];
  return { code, output, answer: json === undefined ? undefined : JSON.parse(json) };
}
