// The package as its users get it: packed, unpacked type-checked, and run on the oldest Node it promises.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { forge, ISSUER, JWK } from "./support/forge.ts";
import { installTarball } from "./support/tarball.ts";

const run = promisify(execFile);
const require = createRequire(import.meta.url);
const TSC = fileURLToPath(new URL("../bin/tsc", import.meta.resolve("typescript")));
const compile = async (...args: string[]): Promise<unknown> => run(process.execPath, [TSC, ...args]);

describe("the tarball", () => {
  let folder = "";
  const inFolder = (path: string): string => join(folder, path);
  const checkTypes = async (program: string, ...more: string[]): Promise<unknown> => {
    await writeFile(inFolder("app.ts"), `import { createVerifier } from "@keyturn/verifier";\n${program}`);
    const flags = ["--ignoreConfig", "--noEmit", "--strict", "--module", "nodenext", "--lib", "es2022,dom"];
    return compile(...flags, ...(more.length > 0 ? more : ["--types", ""]), inFolder("app.ts"));
  };
  /** As if a user had installed them as well. */
  const install = async (...packages: string[]): Promise<void> => {
    for (const name of packages) {
      const at = inFolder(`node_modules/${name}`);
      await mkdir(dirname(at), { recursive: true });
      const found = require.resolve
        .paths(name)
        ?.map((folder) => join(folder, name))
        .find(existsSync);
      if (found === undefined) throw new Error(`expected ${name} to be installed`);
      await symlink(found, at);
    }
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keyturn-verifier-"));
    await installTarball(folder);
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

  test("has types that need nothing but the DOM's", async () => {
    await checkTypes(`${creating("null")}.close();`);
  });

  test.each([
    [
      "a verifier without an audience",
      'createVerifier({ issuer: "" });',
      "TS2741: Property 'audience' is missing",
    ],
    [
      "a symmetric algorithm",
      creating('null, algorithms: ["HS256"]'),
      `TS2820: Type '"HS256"' is not assignable`,
    ],
    ["the algorithm none", creating('null, algorithms: ["none"]'), `TS2322: Type '"none"' is not assignable`],
    ["other roles", changing('auth.roles = ["admin"]'), "TS2540: Cannot assign to 'roles'"],
    ["one more role", changing('auth.roles.push("admin")'), "TS2339: Property 'push' does not exist"],
    ["another sub", changing('auth.claims.sub = "user_2"'), "TS2540: Cannot assign to 'sub'"],
  ])("has types that refuse %s", async (_what, program, error) => {
    await expect(checkTypes(program)).rejects.toMatchObject({
      stdout: expect.stringMatching(new RegExp(`app\\.ts\\(2,\\d+\\): error ${error}`)),
    });
  });

  test("has adapters that need no framework to be loaded, but for gRPC's", async () => {
    await writeFile(inFolder("adapters.js"), adapters("hono", "node", "fastify", "next", "ws"));
    await writeFile(inFolder("grpc.js"), adapters("grpc"));
    const { stdout } = await run(process.execPath, [inFolder("adapters.js")]);
    expect(stdout).toBe("hono: function\nnode: function\nfastify: function\nnext: function\nws: function\n");
    await expect(run(process.execPath, [inFolder("grpc.js")])).rejects.toMatchObject({
      stderr: expect.stringContaining("Cannot find package '@grpc/grpc-js'"),
    });
  });

  test("has adapters whose types fit those of the frameworks, and gRPC's runs with its own", async () => {
    await install(
      "@grpc/grpc-js",
      "@types/express",
      "@types/node",
      "@types/ws",
      "express",
      "fastify",
      "hono",
      "ws",
    );
    expect((await run(process.execPath, [inFolder("grpc.js")])).stdout).toBe("grpc: function\n");
    await checkTypes(everyAdapter, "--types", "node", "--skipLibCheck");
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

function creating(audience: string): string {
  return `createVerifier({ issuer: "https://a.example", audience: ${audience} })`;
}

function changing(statement: string): string {
  return `${creating("null")}.verify("").then((auth) => { ${statement}; });`;
}

/** Prints the user of a good token and the kind of thing `bearer` is; imports dist by the package's name. */
const program = (): string => `
import { createVerifier } from "@keyturn/verifier";
import { bearer } from "@keyturn/verifier/hono";
const verifier = createVerifier({ issuer: ${JSON.stringify(ISSUER)}, audience: null, jwks: { keys: [${JSON.stringify(JWK)}] } });
const auth = await verifier.verify(${JSON.stringify(forge({ exp: 4_000_000_000 }))});
console.log(auth.userId, typeof bearer(verifier));
`;

const adapters = (...names: string[]): string =>
  names
    .map((name) => `console.log("${name}:", typeof (await import("@keyturn/verifier/${name}")).bearer);`)
    .join("\n");

const everyAdapter = `
import { Server } from "@grpc/grpc-js";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import * as onFastify from "@keyturn/verifier/fastify";
import * as onGrpc from "@keyturn/verifier/grpc";
import * as onHono from "@keyturn/verifier/hono";
import * as onNext from "@keyturn/verifier/next";
import * as onNode from "@keyturn/verifier/node";
import * as onWs from "@keyturn/verifier/ws";
declare module "@keyturn/verifier/fastify" { interface CustomClaims { plan: string } }
declare global { namespace Express { interface Request extends onNode.WithAuth<{ plan: string }> {} } }
const verifier = createVerifier<{ plan: string }>({ issuer: "https://a.example", audience: null });
new Hono().use(onHono.bearer(verifier), onHono.requireRole("a")).get("/", (c) => c.text(c.var.auth.claims.plan));
express().use(onNode.bearer(verifier)).get("/:id", onNode.requireUser("id"), (req, res) => void res.send(req.auth?.claims.plan));
createServer(onNode.withAuth(verifier, (req, res, auth) => res.end(auth.claims.plan), onNode.requireScope("a")));
const app = fastify();
app.register(onFastify.keyturn, { verifier });
app.get<{ Params: { id: string } }>("/:id", { preHandler: [onFastify.requireUser("id")] }, (request) => request.auth?.claims.plan);
export const GET = onNext.withAuth(verifier, (request, { auth }) => new Response(auth.claims.plan), onNext.requireUser("id"));
export const proxy = onNext.bearer(verifier, onNext.requireUser("id", "/api/:id/*"));
const door = onWs.bearer(verifier, new WebSocketServer({ noServer: true }), { guards: [onWs.requireUser("id", "/:id")] });
createServer().on("upgrade", door.upgrade);
const { interceptor, authOf } = onGrpc.bearer(verifier, { methods: { "/a.B/C": [onGrpc.requireUser("id")] } });
new Server({ interceptors: [interceptor] });
export const plan = (call: Parameters<typeof authOf>[0]): string => authOf(call).claims.plan;
`;

async function findNode20(): Promise<string | undefined> {
  for (const path of [process.env["NODE20"], "/usr/bin/node", "/usr/local/bin/node"]) {
    const found = path === undefined ? undefined : await run(path, ["--version"]).catch(() => undefined);
    if (found?.stdout.startsWith("v20.")) return path;
  }
  return undefined;
}
