/** `keyturn users import`: people and their password hashes from a file. What a line may say is `accounts/import/`'s. */
import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { Command, Option } from "commander";
import { type ImportCount, importPeople } from "../../accounts/import/import.ts";
import type { RefusedLine } from "../../accounts/import/line.ts";
import { readLines } from "../../accounts/import/lines.ts";
import { reasonOf, StartupError } from "../../errors.ts";
import { print, withDatabase } from "../session.ts";
import { renderTable } from "../table.ts";
import { createProgress } from "./progress.ts";

interface ImportCommandOptions {
  readonly dryRun: boolean;
  readonly onConflict: "skip" | "fail";
  readonly json: boolean;
}

export const importCommand = (): Command =>
  new Command("import")
    .description(
      "import people with the password hashes they have; run it again to finish one that was stopped",
    )
    .argument("<file>", "one JSON object a line; docs/importing-users.md says what is in it")
    .option("--dry-run", "check every line and write nothing", false)
    .addOption(
      new Option("--on-conflict <what>", "when somebody with that address is there")
        .choices(["skip", "fail"])
        .default("skip"),
    )
    .option("--json", "answer as JSON", false)
    .addHelpText(
      "after",
      `
Lines that are refused go to <file>.rejected.ndjson with the reasons; the exit code is 1 then. No mail is sent.

Example:
  $ cat people.ndjson
  {"email": "ada@example.com", "name": "Ada", "email_verified": true, "password_hash": "$2b$12$…"}
  $ keyturn users import people.ndjson --dry-run && keyturn users import people.ndjson`,
    )
    .action(runImport);

async function runImport(file: string, { dryRun, onConflict, json }: ImportCommandOptions): Promise<void> {
  const size = sizeOf(file);
  using rejected = createRejectedFile(`${file}.rejected.ndjson`);
  const progress = createProgress(process.stderr, "lines");
  const stop = new AbortController();
  const onSignal = () => stop.abort();
  process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
  try {
    const began = performance.now();
    const count = await withDatabase((db) =>
      importPeople(db, {
        lines: readLines(file),
        source: basename(file).slice(0, 200),
        dryRun,
        onConflict,
        onRefused: rejected.write,
        onProgress: ({ bytesRead, lines }) =>
          progress.update({ fraction: size === 0 ? 1 : bytesRead / size, count: lines }),
        signal: stop.signal,
      }),
    );
    progress.end();
    const seconds = (performance.now() - began) / 1000;
    const rejectedFile = count.refused > 0 ? rejected.path : null;
    print(
      describeJson(count, { dryRun, rejectedFile }),
      describe(count, { dryRun, rejectedFile, seconds }),
      json,
    );
    if (count.refused > 0) process.exitCode = 1;
  } finally {
    progress.end();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  }
}

function sizeOf(file: string): number {
  try {
    const found = statSync(file);
    if (found.isFile()) return found.size;
  } catch (error) {
    throw new StartupError(
      `${file} cannot be read: ${reasonOf(error)}`,
      "name a file of one JSON object a line",
    );
  }
  throw new StartupError(`${file} is not a file`, "name a file of one JSON object a line");
}

/** What was refused last time is not what is refused this time, so the file of an earlier run goes. */
function createRejectedFile(path: string) {
  let descriptor: number | undefined;
  rmSync(path, { force: true });
  return {
    path,
    write(refused: RefusedLine): void {
      descriptor ??= openSync(path, "wx", 0o600);
      writeSync(descriptor, `${JSON.stringify(refused)}\n`);
    },
    [Symbol.dispose]() {
      if (descriptor !== undefined) closeSync(descriptor);
    },
  };
}

interface Outcome {
  readonly dryRun: boolean;
  readonly rejectedFile: string | null;
}

const describeJson = (
  { lines, imported, withoutPassword, skipped, refused }: ImportCount,
  { dryRun, rejectedFile }: Outcome,
) => ({
  dry_run: dryRun,
  lines,
  imported,
  without_password: withoutPassword,
  skipped,
  refused,
  rejected_file: rejectedFile,
});

function describe(
  { lines, imported, withoutPassword, skipped, refused }: ImportCount,
  { dryRun, rejectedFile, seconds }: Outcome & { readonly seconds: number },
): string[] {
  const rows = [
    ["lines", lines, `in ${seconds.toFixed(1)} s`],
    [dryRun ? "would be imported" : "imported", imported, ""],
    ["  without a password", withoutPassword, ""],
    ["skipped", skipped, "somebody with that address is there already"],
    ["refused", refused, rejectedFile === null ? "" : `see ${rejectedFile}`],
  ] as const;
  const numbers = rows.map(([what, number, note]) => [what, number.toLocaleString("en").padStart(9), note]);
  return renderTable(["", "PEOPLE".padStart(9), ""], numbers);
}
