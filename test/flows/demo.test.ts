/** `npm run demo` as a newcomer meets it, and the sample API of it by itself. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { createVerifier } from "@keyturn/verifier";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { createTasksApi } from "../../examples/tasks-api/server.ts";

interface Demo extends Disposable {
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  interrupt(): void;
  /** What is left of its temporary folders. */
  leftovers(): string[];
}

/** A DATABASE_URL of the environment would break it, if it listened to one. */
function startDemo(): Demo {
  const folder = mkdtempSync(join(tmpdir(), "keyturn-demo-test-"));
  const child = spawn(process.execPath, ["--conditions=@keyturn/source", "examples/demo.ts"], {
    env: { PATH: process.env["PATH"], TMPDIR: folder, DATABASE_URL: "postgres://127.0.0.1:1/none" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
  }
  return {
    said: () => said,
    ended: once(child, "close").then(() => child.exitCode),
    interrupt: () => void child.kill("SIGINT"),
    leftovers: () => readdirSync(folder).filter((name) => name.startsWith("keyturn-demo-")),
    [Symbol.dispose]() {
      child.kill("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe("the demo", () => {
  test("ends well, shows what it promises in plain text, and leaves nothing behind", async () => {
    using demo = startDemo();
    expect(await demo.ended, demo.said()).toBe(0);
    const lines = demo.said();
    for (const line of [
      /✓ 200 POST {3}\/api\/auth\/sign-up\/email +Ben signs up/,
      /✓ 201 POST {3}\/api\/\{ada\}\/tasks +Ada writes a task/,
      /✓ 403 GET {4}\/api\/\{ada\}\/tasks +user_mismatch: Ben reads Ada's/,
      /✓ 401 .*token_missing/,
      /✓ 401 .*signature_invalid/,
      /✓ 401 .*token_expired/,
      /✓ 401 POST {3}\/admin\/keys\/rotate/,
      /✓ 403 POST {3}\/admin\/keys\/rotate/,
      /✓ 200 POST {3}\/admin\/keys\/rotate/,
      /✓ 202 POST {3}\/admin\/keys\/rotate/,
      /✓ 2\/2 the token from before/,
      /✓ 2\/2 the token from after/,
      /JWKS before[^✓]* EdDSA {2}announced$/m,
      /JWKS after[^✓]* EdDSA {2}verifying$/m,
      /All \d+ checks held/,
    ]) {
      expect(lines).toMatch(line);
    }
    expect(lines).not.toContain("✗");
    expect(stripVTControlCharacters(lines)).toBe(lines);
    expect(demo.leftovers()).toEqual([]);
  }, 120_000);

  test("cleans up after Ctrl-C and says so with exit code 130", async () => {
    using demo = startDemo();
    await expect.poll(demo.said, { timeout: 60_000 }).toMatch(/up {2}Keyturn/);
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(demo.said())?.[0] ?? "";
    expect((await fetch(`${url}/livez`)).status).toBe(200);
    demo.interrupt();
    expect(await demo.ended).toBe(130);
    expect(demo.said()).toContain("interrupted by SIGINT");
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
    expect(demo.leftovers()).toEqual([]);
  }, 120_000);
});

const ISSUER = "https://auth.example.com";
const AUDIENCE = "https://tasks.example.com";

describe("the tasks API", () => {
  let jwks: { keys: object[] };
  let tokenFor: (userId: string) => Promise<string>;

  beforeAll(async () => {
    const { publicKey, privateKey } = await generateKeyPair("EdDSA");
    jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: "one", alg: "EdDSA", use: "sig" }] };
    tokenFor = (userId) =>
      new SignJWT({ iss: ISSUER, aud: AUDIENCE, sub: userId })
        .setProtectedHeader({ alg: "EdDSA", kid: "one", typ: "JWT" })
        .setIssuedAt()
        .setExpirationTime("5m")
        .sign(privateKey);
  });

  /** The API, and a way to ask it as one person or another. */
  function open() {
    const app = createTasksApi(createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks }));
    return async (userId: string, method: string, path: string, body?: string) => {
      const headers = { authorization: `Bearer ${await tokenFor(userId)}` };
      return app.request(path, { method, headers, ...(body !== undefined && { body }) });
    };
  }

  test("keeps the tasks of each person apart", async () => {
    const ask = open();
    const created = await ask("ada", "POST", "/api/ada/tasks", '{"title":"Ada\'s own"}');
    const { id } = await created.json();
    expect(created.headers.get("location")).toBe(`/api/ada/tasks/${id}`);
    for (const path of ["/api/ada/tasks", `/api/ada/tasks/${id}`]) {
      for (const method of ["GET", "POST", "PUT", "DELETE"]) {
        expect((await ask("ben", method, path)).status, `${method} ${path}`).toBe(403);
      }
    }
    expect((await ask("ben", "GET", `/api/ben/tasks/${id}`)).status).toBe(404);
    const list = await ask("ada", "GET", "/api/ada/tasks");
    expect(await list.json()).toEqual({ tasks: [{ id, title: "Ada's own", done: false }] });
  });

  test("creates, replaces and deletes a task", async () => {
    const ask = open();
    const { id } = await (await ask("ada", "POST", "/api/ada/tasks", '{"title":"  Write  "}')).json();
    const path = `/api/ada/tasks/${id}`;
    expect(await (await ask("ada", "GET", path)).json()).toEqual({ id, title: "Write", done: false });
    const replaced = await ask("ada", "PUT", path, '{"title":"Write","done":true}');
    expect(await replaced.json()).toEqual({ id, title: "Write", done: true });
    expect((await ask("ada", "DELETE", path)).status).toBe(204);
    for (const method of ["GET", "PUT", "DELETE"]) expect((await ask("ada", method, path)).status).toBe(404);
  });

  test.each([
    ["title", "{}"],
    ["title", '{"title":"   "}'],
    ["title", '{"title":7}'],
    ["title", JSON.stringify({ title: "x".repeat(201) })],
    ["done", '{"title":"Write","done":"yes"}'],
    ["body", "[]"],
    ["body", "no JSON"],
  ])("names %s when the body is %s", async (field, body) => {
    const ask = open();
    const response = await ask("ada", "POST", "/api/ada/tasks", body);
    expect(response.status).toBe(422);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect((await response.json()).errors).toMatchObject([{ field }]);
  });

  test("refuses whoever brings no token, before it looks at anything else", async () => {
    const app = createTasksApi(createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks }));
    for (const path of ["/api/ada/tasks", "/api/ada/tasks/1", "/api/ada/nothing"]) {
      const response = await app.request(path);
      expect(response.status).toBe(401);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
    }
  });
});
