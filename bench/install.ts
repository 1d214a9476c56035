/** The load generator and the peers: a package of its own beside the server's, installed on the first run. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const PATIENCE_MS = 120_000;

export async function installPeers(): Promise<void> {
  const { dependencies } = z
    .object({ dependencies: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(`${FOLDER}package.json`, "utf8")));
  if (Object.keys(dependencies).every((name) => existsSync(`${FOLDER}node_modules/${name}`))) return;
  console.error("Installing what is compared into bench/node_modules (once): npm ci --prefix bench");
  const npm = spawn("npm", ["ci", "--prefix", FOLDER], { stdio: "inherit", timeout: PATIENCE_MS });
  const [code] = await once(npm, "exit");
  if (code !== 0) throw new Error("npm ci --prefix bench failed; what it printed above says why");
}
