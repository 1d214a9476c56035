// The package as its users get it: packed, unpacked type-checked, and run on the oldest Node it promises.
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forge, ISSUER, JWK } from "./support/forge.ts";

const run = promisify(execFile);
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const TSC = fileURLToPath(new URL("../bin/tsc", import.meta.resolve("typescript")));
const compile = async (...args: string[]): Promise<unknown> => run(process.execPath, [TSC, ...args]);

describe("the tarball", () => {
  let folder = "";
  const inFolder = (path: string): string => join(folder, path);
  const checkTypes = async (program: string): Promise<unknown> => {
    await writeFile(inFolder("app.ts"), `import { createVerifier } from "@keyturn/verifier";\n${program}`);
    const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom"];
    return compile(...flags, "--types", "", inFolder("app.ts"));
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyturn-verifier-"));
    // Packed from a copy, so that a test never touches the build in the repository.
    const copy = inFolder("copy");
    await run("cp", ["-r", here(".."), copy]);
    await rm(join(copy, "dist"), { recursive: true, force: true });
    // What `npm run build` does.
    const build = ["-p", here("../tsconfig.json"), "--outDir", join(copy, "dist")];
    await compile(...build, "--emitDeclarationOnly");
    await compile(...build, "--declaration", "false", "--isolatedDeclarations", "false", "--removeComments");
    await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: copy });
    await run("mkdir", ["-p", inFolder("node_modules/@keyturn/verifier")]);
    const { version } = JSON.parse(await readFile(join(copy, "package.json"), "utf8"));
    const unpack = ["-xzf", inFolder(`keyturn-verifier-${version}.tgz`), "--strip-components=1"];
    await run("tar", [...unpack, "-C", inFolder("node_modules/@keyturn/verifier")]);
    await writeFile(inFolder("package.json"), '{ "type": "module" }');
    await writeFile(inFolder("app.js"), program());
  }, 60_000);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("needs nothing but Node: no dependencies, under 150 KB", async () => {
    const installed = inFolder("node_modules/@keyturn/verifier");
    const manifest: object = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));
    expect(manifest).not.toHaveProperty("dependencies");
    const { stdout } = await run("du", ["-s", "--apparent-size", "--block-size=1", installed]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(150_000);
  });

  test("has types that refuse a verifier without an audience, and need nothing but the DOM's", async () => {
    await checkTypes('createVerifier({ issuer: "https://a.example", audience: null }).close();');
    await expect(checkTypes('createVerifier({ issuer: "https://a.example" });')).rejects.toMatchObject({
      stdout: expect.stringMatching(/app\.ts\(2,\d+\): error TS2741: Property 'audience' is missing/),
    });
  });

  test("verifies a token on this Node", async () => {
    expect((await run(process.execPath, [inFolder("app.js")])).stdout).toBe("user_1 function\n");
  });

  test("verifies a token on Node 20", async ({ skip }) => {
    const node = await findNode20();
    if (node === undefined) {
      process.stdout.write("skipped: no Node 20 on this machine (set NODE20 to the path of one)\n");
      return skip("no Node 20 on this machine");
    }
    expect((await run(node, [inFolder("app.js")])).stdout).toBe("user_1 function\n");
  });
});

/** Prints the user of a good token and the kind of thing `bearer` is; imports dist by the package's name. */
const program = (): string => `
import { createVerifier } from "@keyturn/verifier";
import { bearer } from "@keyturn/verifier/hono";
const verifier = createVerifier({ issuer: ${JSON.stringify(ISSUER)}, audience: null, jwks: { keys: [${JSON.stringify(JWK)}] } });
const auth = await verifier.verify(${JSON.stringify(forge({ exp: 4_000_000_000 }))});
console.log(auth.userId, typeof bearer(verifier));
`;

async function findNode20(): Promise<string | undefined> {
  for (const path of [process.env["NODE20"], "/usr/bin/node", "/usr/local/bin/node"]) {
    const found = path === undefined ? undefined : await run(path, ["--version"]).catch(() => undefined);
    if (found?.stdout.startsWith("v20.")) return path;
  }
  return undefined;
}
