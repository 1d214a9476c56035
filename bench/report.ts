/** The results for people, as a table, and for programs, as a file of JSON. Judging them is `verdict.ts`'s business. */
import { mkdir, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg } from "node:os";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RowResult } from "./row.ts";
import { number, type Verdict } from "./verdict.ts";

export type Results = readonly { readonly name: string; readonly result: RowResult }[];

const FOLDER = fileURLToPath(new URL("results", import.meta.url));

/** Taken before the run, so that numbers of a busy machine are known for what they are. */
export const describeMachine = (): string => {
  const [busy = 0] = loadavg();
  return `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores shared by server, Postgres and load; ${busy.toFixed(1)} busy before the run`;
};

export function render(machine: string, results: Results): string {
  const verdicts = results.flatMap(({ result }) => result.verdicts);
  const contenders = results.flatMap(({ name, result }) =>
    (result.sideBySide?.contenders ?? []).map((contender) => [
      name,
      contender.name,
      number(contender.requestsPerSecond.median),
      `${number(contender.requestsPerSecond.min)}–${number(contender.requestsPerSecond.max)}`,
      number(contender.p50),
      number(contender.p95),
      number(contender.p99),
      contender.cpuMicroseconds === undefined ? "" : number(contender.cpuMicroseconds.median),
    ]),
  );
  const tables = [table(["work", "goal", "result", ""], verdicts.map(asCells), 3)];
  if (contenders.length > 0) {
    tables.push(
      table(["row", "server", "req/s", "min–max", "p50 ms", "p95 ms", "p99 ms", "CPU µs/req"], contenders, 2),
    );
  }
  return [machine, ...tables].join("\n\n");
}

/** Where it was written, seen from where the command was given. */
export async function writeResults(machine: string, results: Results): Promise<string> {
  const at = new Date().toISOString();
  const file = `${FOLDER}/${at.replaceAll(":", "-")}.json`;
  await mkdir(FOLDER, { recursive: true });
  await writeFile(file, `${JSON.stringify({ at, machine, results }, null, 2)}\n`);
  return relative(process.cwd(), file);
}

const asCells = ({ work, goal, result, met }: Verdict): string[] => [
  work,
  goal,
  result,
  met ? "ok" : "MISSED",
];

/** Columns from `numbersFrom` on are set to the right. */
function table(head: readonly string[], rows: readonly (readonly string[])[], numbersFrom: number): string {
  const lines = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const render = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        column < numbersFrom ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join("  ");
  return [render(head), rule, ...rows.map(render)].join("\n");
}
