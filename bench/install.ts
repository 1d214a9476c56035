/** The load generator: a package of its own beside the server's, installed on the first run. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const PATIENCE_MS = 120_000;

export async function installLoadGenerator(): Promise<void> {
  if (existsSync(`${FOLDER}node_modules/autocannon`)) return;
  console.error("Installing the load generator into bench/node_modules (once): npm ci --prefix bench");
  const npm = spawn("npm", ["ci", "--prefix", FOLDER], { stdio: "inherit", timeout: PATIENCE_MS });
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error("npm ci --prefix bench failed; what it printed above says why");
}
