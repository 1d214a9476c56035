/** `npm run prove:rotation`: the promises about signing keys, kept by real processes in front of whoever runs this. */
import { parseArgs } from "node:util";
import { renderTable } from "../src/commands/table.ts";
import { installPeers } from "./install.ts";
import { HELD } from "./prove/clients.ts";
import { proveFirstBoots } from "./prove/first-boots.ts";
import { proveOutage } from "./prove/outage.ts";
import { proveRevocations } from "./prove/revocations.ts";
import { failuresOf, proveRotations, type RotationsOptions } from "./prove/rotations.ts";
import { openStage, type Stage } from "./stage.ts";
import { percentile } from "./statistics.ts";
import { VERIFIERS } from "./verifiers.ts";

const SCENARIOS = {
  steady: "keys turn under continuous signing and verifying, by every verifier library",
  kills: "the same, while a server is killed (kill -9) and replaced every few rotations",
  skew: "the same, while the clocks of all processes are off by CLOCK_SKEW, to both sides",
  boots: "three servers start at once on an empty database, 20 times",
  outage: "Postgres is stopped for 60 s under load",
  revocation: "emergency revocations of the signing key, 50 times",
} as const;
type Scenario = keyof typeof SCENARIOS;

const HELP = `npm run prove:rotation                      all scenarios: about a quarter of an hour
npm run prove:rotation -- steady skew       some of them
npm run prove:rotation -- --rotations 10    fewer turns of each algorithm (default 100)

Scenarios:
${Object.entries(SCENARIOS)
  .map(([name, about]) => `  ${name.padEnd(11)} ${about}`)
  .join("\n")}

Exit codes: 0 every promise was kept, 1 one was not, 2 the command was not understood.`;

/** A scenario prints what it saw, and answers with what should not have been. */
type Prove = (stage: Stage, rotations: number) => Promise<string[]>;

const underRotation =
  (title: string, more: Pick<RotationsOptions, "killEvery" | "skewed">): Prove =>
  async (stage, rotations) => {
    const libraries = [...Object.keys(VERIFIERS), HELD];
    const result = await proveRotations(stage, { ...more, rotations, libraries, onProgress: say });
    const turns = Object.entries(result.rotations).map(([alg, count]) => `${alg} ${count}`);
    console.log(`\n${title}: ${turns.join(", ")} rotations in ${result.seconds} s, ${result.kills} kills\n`);
    const rows = result.clients.map((client) => [
      client.name,
      `${client.clockOffset} ms`,
      String(client.kids),
      String(client.verified),
      String(client.failed),
      String(client.refused),
    ]);
    show(["VERIFIER", "CLOCK", "KEYS SEEN", "VERIFIED", "FAILED", "ANSWERS WITHOUT TOKEN"], rows);
    return failuresOf(result, rotations);
  };

const PROOFS: Readonly<Record<Scenario, Prove>> = {
  steady: underRotation("Three servers, every library", {}),
  kills: underRotation("With a server killed every three rotations", { killEvery: 3 }),
  skew: underRotation("With clocks off by CLOCK_SKEW", { skewed: true }),

  async boots(stage) {
    const { boots, wrong } = await proveFirstBoots(stage, 20, say);
    console.log(
      `\nThree servers at once on an empty database, ${boots} times: ${wrong.length} wrong sets of keys\n`,
    );
    return wrong.map((found) => `first start: ${found}`);
  },

  async outage(stage) {
    const snapshotMaxAge = 10;
    const seen = await proveOutage(stage, { seconds: 60, snapshotMaxAge: `${snapshotMaxAge}s` });
    console.log(`\nPostgres stopped for ${seen.seconds} s under load\n`);
    show(
      ["", "SEEN"],
      [
        ["JWKS asked for, failed", `${seen.jwks.asked}, ${seen.jwks.failed}`],
        ["tokens given, refused (503 and Retry-After)", `${seen.tokens.given}, ${seen.tokens.refused}`],
        ["refused otherwise", String(seen.tokens.withoutRetryAfter)],
        [`stopped signing after, s (KEY_SNAPSHOT_MAX_AGE = ${snapshotMaxAge})`, list(seen.fencedAfter)],
        ["signs again after Postgres is back, s", list(seen.backAfter)],
        ["keys made twice", String(seen.keysTooMany)],
      ],
    );
    return [
      ...(seen.jwks.failed === 0 ? [] : ["the JWKS was not always there"]),
      ...(seen.tokens.withoutRetryAfter === 0 ? [] : ["a refusal was not 503 with Retry-After"]),
      ...(seen.fencedAfter.every((after) => after > snapshotMaxAge - 2 && after < snapshotMaxAge + 1)
        ? []
        : ["a server went on signing, or stopped too soon"]),
      ...(seen.keysTooMany === 0 ? [] : ["a key was made twice"]),
    ];
  },

  async revocation(stage) {
    const runs = await proveRevocations(stage, 50);
    console.log(`\n${runs.length} emergency revocations, until none of three servers publishes the key\n`);
    const rows = ["EdDSA", "RS256"].map((alg) => {
      const slowest = runs.filter((run) => run.alg === alg).map(({ goneAfter }) => Math.max(...goneAfter));
      return [alg, ...[0.5, 0.99, 1].map((part) => `${Math.round(percentile(slowest, part))} ms`)];
    });
    show(["KEY", "P50", "P99", "MAX"], rows);
    const p99 = percentile(
      runs.map(({ goneAfter }) => Math.max(...goneAfter)),
      0.99,
    );
    return p99 < 1_000 ? [] : [`a revoked key was public for ${Math.round(p99)} ms (p99)`];
  },
};

/** Undefined: only help was asked for. Throws where the command is not understood. */
function readCommand(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { help: { type: "boolean", short: "h" }, rotations: { type: "string", default: "100" } },
  });
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !isScenario(name));
  if (unknown !== undefined) throw new Error(`there is no scenario called ${unknown}`);
  if (!/^[1-9]\d*$/.test(values.rotations)) throw new Error("expected --rotations to be a number");
  const named = positionals.filter(isScenario);
  const all = Object.keys(SCENARIOS).filter(isScenario);
  return { scenarios: named.length === 0 ? all : named, rotations: Number(values.rotations) };
}

async function main(): Promise<number> {
  let command: ReturnType<typeof readCommand>;
  try {
    command = readCommand(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (command === undefined) {
    console.log(HELP);
    return 0;
  }
  await installPeers();
  const broken: string[] = [];
  for (const scenario of command.scenarios) {
    say(SCENARIOS[scenario]);
    await using stage = await openStage();
    for (const failure of await PROOFS[scenario](stage, command.rotations))
      broken.push(`${scenario}: ${failure}`);
  }
  console.log(broken.length === 0 ? "\nEvery promise was kept." : `\nNot kept:\n${broken.join("\n")}`);
  return broken.length === 0 ? 0 : 1;
}

function show(head: readonly string[], rows: readonly (readonly string[])[]): void {
  console.log(renderTable(head, rows).join("\n"));
}

function say(line: string): void {
  console.error(`… ${line}`);
}

const isScenario = (name: string): name is Scenario => Object.hasOwn(SCENARIOS, name);
const list = (seconds: readonly number[]): string => seconds.map((each) => each.toFixed(1)).join(", ");

process.exitCode = await main();
