/** The process: how it starts, what it says when it cannot, and how it ends. */

import { existsSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { createDataDir } from "../support/data-dir.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { ready, spawnKeyturn } from "../support/process.ts";
import { freePort, TEST_SECRETS } from "../support/server.ts";

const start = (env: Record<string, string>) => spawnKeyturn("main.ts", [], { HOST: "localhost", ...env });

describe("a start", () => {
  test("on an empty folder makes its secrets, closed to everybody else, and says where it listens and what to try", async () => {
    using folder = createDataDir();
    const port = await freePort();
    await using server = start({ DATA_DIR: folder.path, PORT: String(port) });
    await ready(server);
    expect(server.output()).toContain(`http://localhost:${port}`);
    expect(server.output()).toContain(folder.path);
    expect(server.output()).toContain("/docs");
    expect(statSync(join(folder.path, "secrets.json")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, "postgres")).mode & 0o777).toBe(0o700);
  });

  test("with a port in use names it and says how to choose another", async () => {
    await using database = await createTestDatabase();
    const port = await freePort();
    const other = createServer().listen(port, "localhost");
    const server = start({ DATABASE_URL: database.url, PORT: String(port), ...TEST_SECRETS });
    expect(await server.exit).toBe(1);
    other.close();
    expect(server.output()).toContain(`port ${port} on localhost is in use`);
    expect(server.output()).toContain(`PORT=${port + 1}`);
    expect(server.output()).not.toContain("    at ");
  });

  test("with DATABASE_URL and no secrets is refused: they are never made for a database we did not make", async () => {
    await using database = await createTestDatabase();
    const server = start({ DATABASE_URL: database.url });
    expect(await server.exit).toBe(1);
    expect(server.output()).toContain("BETTER_AUTH_SECRETS and KEY_ENCRYPTION_KEYS must be set");
    expect(server.output()).toContain("openssl rand");
  });

  test.each([
    ["where nothing listens", "postgres://u:canary@127.0.0.1:1/db", "nothing answers"],
    ["at an unknown host", "postgres://u:canary@nowhere.invalid/db", "host name is unknown"],
    ["behind a socket that is not there", "postgres://u:canary@%2Fnowhere/db", "/nowhere"],
  ])(
    "with a database %s is refused within ten seconds, without a stack and without the password",
    async (_, url, said) => {
      const began = performance.now();
      const server = start({ DATABASE_URL: url, ...TEST_SECRETS });
      expect(await server.exit).toBe(1);
      expect(performance.now() - began).toBeLessThan(10_000);
      expect(server.output()).toContain(said);
      expect(server.output()).not.toMatch(/canary|    at /);
    },
  );

  test("on a database used by a newer Keyturn is refused and changes nothing", async () => {
    await using database = await createTestDatabase();
    await database.sql`insert into migration (hash, created_at) values ('from the future', ${Date.now() + 10 ** 11})`;
    const server = start({ DATABASE_URL: database.url, ...TEST_SECRETS });
    expect(await server.exit).toBe(1);
    expect(server.output()).toContain("newer Keyturn");
    expect(await database.sql`select 1 from signing_key`).toHaveLength(0);
  });

  test("with secrets.json damaged or missing beside a database is refused with the way out", async () => {
    using folder = createDataDir();
    const env = { DATA_DIR: folder.path, PORT: String(await freePort()) };
    const first = start(env);
    await ready(first);
    await first[Symbol.asyncDispose]();
    writeFileSync(join(folder.path, "secrets.json"), "{");
    const second = start(env);
    expect(await second.exit).toBe(1);
    expect(second.output()).toMatch(
      /secrets\.json cannot be used: it is damaged[\s\S]*restore the file from a backup/,
    );
  });
});

describe("an end", () => {
  test("asked for during the start comes right after it, and leaves no Postgres behind", async () => {
    using folder = createDataDir();
    const server = start({ DATA_DIR: folder.path, PORT: String(await freePort()) });
    await vi.waitUntil(() => existsSync(join(folder.path, "secrets.json")), { timeout: 10_000, interval: 5 });
    server.kill("SIGTERM");
    expect(await server.exit).toBe(0);
    expect(server.output()).toContain("stopped");
    expect(existsSync(join(folder.path, "postgres", "postmaster.pid"))).toBe(false);
  });

  test("by SIGTERM lets requests under way finish, and takes less than ten seconds", async () => {
    using folder = createDataDir();
    const port = await freePort();
    const server = start({ DATA_DIR: folder.path, PORT: String(port) });
    await ready(server);
    const body = JSON.stringify({ email: "a@example.com", password: "correct horse battery", name: "A" });
    const answers = Array.from({ length: 8 }, (_, index) =>
      fetch(`http://localhost:${port}/api/auth/sign-up/email`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: body.replace("a@", `a${index}@`),
      }).then(({ status }) => status),
    );
    await fetch(`http://localhost:${port}/livez`);
    const began = performance.now();
    server.kill("SIGTERM");
    expect(await server.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
    const settled = await Promise.allSettled(answers);
    expect(settled.map((answer) => (answer.status === "fulfilled" ? answer.value : answer.reason))).toEqual(
      Array(8).fill(200),
    );
    expect(server.output()).toContain("stopped");
  });
});
