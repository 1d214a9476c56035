/** `npm run bench`: runs the chosen rows one after the other and prints them. What is measured is in `rows/`. */
import { parseArgs } from "node:util";
import { installPeers } from "./install.ts";
import { describeMachine, type Results, render, writeResults } from "./report.ts";
import type { Row } from "./row.ts";
import { ROWS } from "./rows.ts";
import { openStage, type Stage } from "./stage.ts";

const HELP = `npm run bench                   all rows but those that run only when named
npm run bench -- jwks token     some of them
npm run bench -- --strict       exit code 1 when a goal is missed
npm run bench -- --help

Rows:
${ROWS.map(({ name, about }) => `  ${name.padEnd(10)} ${about}`).join("\n")}

Exit codes: 0 it ran, 1 a request failed or was answered wrongly, 2 the command was not understood.`;

interface Command {
  readonly rows: readonly Row[];
  readonly strict: boolean;
}

/** Undefined: only help was asked for. Throws where the command is not understood. */
function readCommand(args: readonly string[]): Command | undefined {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" }, strict: { type: "boolean", default: false } },
  });
  if (values.help === true) return undefined;
  const unknown = positionals.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `expected rows from ${ROWS.map(({ name }) => name).join(", ")}; got ${unknown.join(", ")}`,
    );
  }
  const rows = ROWS.filter(({ name, onlyWhenNamed }) =>
    positionals.length === 0 ? onlyWhenNamed !== true : positionals.includes(name),
  );
  return { rows, strict: values.strict };
}

async function bench({ rows, strict }: Command): Promise<void> {
  await installPeers();
  const machine = describeMachine();
  await using stage = await openStage();
  const stopListening = endOnSignal(stage);
  const results: Results[number][] = [];
  for (const row of rows) {
    console.error(`${row.name}: ${row.about} …`);
    results.push({ name: row.name, result: await row.run(stage) });
  }
  stopListening();
  console.log(`\n${render(machine, results)}\n`);
  console.error(`Written to ${await writeResults(machine, results)}`);
  const missed = results.some(({ result }) => result.verdicts.some(({ met }) => !met));
  if (strict && missed) process.exitCode = 1;
}

/** Postgres and the servers would outlive us. */
function endOnSignal(stage: Stage): () => void {
  const signals = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  const end = (signal: keyof typeof signals) => {
    void Promise.allSettled([stage[Symbol.asyncDispose]()]).then(() => process.exit(signals[signal]));
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) process.on(name, end);
  return () => {
    for (const name of names) process.off(name, end);
  };
}

async function main(): Promise<void> {
  let command: Command | undefined;
  try {
    command = readCommand(process.argv.slice(2));
  } catch (error) {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exitCode = 2;
    return;
  }
  if (command === undefined) console.log(HELP);
  else await bench(command);
}

await main();
