// `npm run test:runtimes`: packs the verifier and runs one suite on it on Node 20, 22 and 24, Bun, Deno and workerd. The
// runtimes come from npm packages, installed beside this file on the first run; they are for Linux on x64.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { z } from "zod";
import { AUDIENCE } from "../support/forge.ts";
import { installTarball } from "../support/tarball.ts";
import { prepareInput, startLiveIssuer } from "./input.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const binary = (path: string): string => here(`node_modules/${path}`);
const PATIENCE_MS = 120_000;

const outcome = z.object({ passed: z.number(), failures: z.array(z.string()) });
type Outcome = z.infer<typeof outcome>;
type Run = (folder: string, input: object) => Promise<Outcome>;

const asProgram =
  (command: string, ...args: string[]): Run =>
  async (folder, input) => {
    const file = join(folder, "input.json");
    await writeFile(file, JSON.stringify(input));
    const { stdout } = await run(command, [...args, join(folder, "main.js"), file], {
      cwd: folder,
      timeout: PATIENCE_MS,
      maxBuffer: 10_000_000,
    });
    return outcome.parse(JSON.parse(stdout));
  };

const RUNTIMES: Readonly<Record<string, Run>> = {
  "Node 20": asProgram(binary("node20/bin/node")),
  "Node 22": asProgram(binary("node22/bin/node")),
  "Node 24": asProgram(binary("node24/bin/node")),
  Bun: asProgram(binary("bun/bin/bun"), "run"),
  Deno: asProgram(binary("deno/deno"), "run", "--allow-all", "--no-lock"),
  workerd: runWorker,
};

async function runWorker(folder: string, input: object): Promise<Outcome> {
  await run(binary("@esbuild/linux-x64/bin/esbuild"), [
    join(folder, "worker.js"),
    "--bundle",
    "--format=esm",
    "--conditions=workerd,worker",
    `--outfile=${join(folder, "bundle.js")}`,
  ]);
  const port = await freePort();
  await writeFile(join(folder, "config.capnp"), workerConfig(port));
  const workerd = spawn(binary("workerd/bin/workerd"), ["serve", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  try {
    const url = `http://127.0.0.1:${port}`;
    const { passed, failures } = outcome.parse(JSON.parse(await ask(`${url}/`, JSON.stringify(input))));
    const shared = await shareVerifier(`${url}/shared`);
    return { passed: passed + shared.passed, failures: [...failures, ...shared.failures] };
  } finally {
    const ended = once(workerd, "exit");
    workerd.kill();
    await ended;
  }
}

/** Requests at the same moment and one after the other, over a rotation and the end of the set's time. */
async function shareVerifier(url: string): Promise<Outcome> {
  await using issuer = await startLiveIssuer();
  const tell = async (what: string) =>
    z
      .object({ token: z.string() })
      .parse(await (await fetch(`${issuer.url}/control/${what}`, { method: "POST" })).json()).token;
  const codeOf = async (token: string): Promise<unknown> =>
    JSON.parse(await ask(url, JSON.stringify({ issuer: issuer.url, audience: AUDIENCE, token }))).code;
  const first = await tell("start");
  const codes = await Promise.all([codeOf(first), codeOf(first), codeOf(first)]);
  const second = await tell("rotate");
  codes.push(...(await Promise.all([codeOf(second), codeOf(first), codeOf(second)])));
  await new Promise((resolve) => setTimeout(resolve, 1_300));
  codes.push(...(await Promise.all([codeOf(first), codeOf(second)])));
  const failures = codes
    .filter((code) => code !== "user_1")
    .map((code) => `a shared verifier: ${String(code)}`);
  return { passed: codes.length - failures.length, failures };
}

/** The live issuer is on loopback, which a worker may not call unless it is told so. */
const workerConfig = (port: number): string => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "bundle.js", esModule = embed "bundle.js")],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network")),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);
`;

async function ask(url: string, body: string): Promise<string> {
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetch(url, { method: "POST", body });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${answer.status}: ${text}`);
      return text;
    } catch (error) {
      // Not listening yet.
      if (attempt === 50 || !(error instanceof TypeError)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return address.port;
}

/** The package as users get it, in a folder of its own, beside the suite. */
async function install(folder: string): Promise<void> {
  await installTarball(folder);
  await writeFile(join(folder, "package.json"), '{ "type": "module" }');
  for (const file of ["suite.js", "main.js", "worker.js"]) await cp(here(file), join(folder, file));
}

async function main(): Promise<number> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    console.log(
      `skipped: the runtimes here are for Linux on x64, this is ${process.platform} on ${process.arch}`,
    );
    return 0;
  }
  if (!existsSync(binary("workerd"))) {
    console.error("Installing the runtimes (once): npm ci --prefix packages/verifier/test/runtimes");
    await run("npm", ["ci", "--ignore-scripts", "--prefix", here(".")], { timeout: 600_000 });
  }
  const folder = await mkdtemp(join(tmpdir(), "keyturn-runtimes-"));
  let [passed, failed] = [0, 0];
  try {
    await install(folder);
    for (const [name, runOn] of Object.entries(RUNTIMES)) {
      await using live = await startLiveIssuer();
      const found = await runOn(folder, { ...(await prepareInput()), live: live.url });
      passed += found.passed;
      failed += found.failures.length;
      console.log(`${name.padEnd(8)} ${found.passed} passed, ${found.failures.length} failed`);
      for (const failure of found.failures) console.log(`  ${failure}`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
