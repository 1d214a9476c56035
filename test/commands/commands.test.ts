/** `keyturn`, the operator's command. */
import { describe, expect, test } from "vitest";
import { createDataDir } from "../support/data-dir.ts";
import { signUp } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { ready, runKeyturn, spawnKeyturn } from "../support/process.ts";
import { freePort, SHORT_PERIODS, startTestServer, TEST_SECRETS } from "../support/server.ts";

describe("keyturn", () => {
  test.each([
    [["--help"], "Commands:"],
    [["keys", "rotate", "--help"], "--emergency"],
    [["users", "grant-admin", "--help"], "<email>"],
  ])("%j explains itself", async (args, said) => {
    const { code, output } = await runKeyturn(args, {});
    expect(code).toBe(0);
    expect(output).toContain(said);
  });

  test.each([[["nonsense"]], [["keys", "rotate", "--alg", "HS256"]], [["users", "grant-admin"]]])(
    "%j is refused with exit code 1",
    async (args) => {
      const { code } = await runKeyturn(args, {});
      expect(code).toBe(1);
    },
  );

  test("migrate brings an empty database up to date, and says so when there is nothing to do", async () => {
    await using database = await createTestDatabase({ empty: true });
    const env = { DATABASE_URL: database.url, ...TEST_SECRETS };
    expect(await runKeyturn(["migrate"], env)).toEqual({ code: 0, output: "applied 3 migration(s)\n" });
    expect(await runKeyturn(["migrate", "--json"], env)).toEqual({
      code: 0,
      output: '{\n  "applied": 0\n}\n',
    });
  });

  test("users grant-admin makes somebody an administrator at once, and fails for somebody unknown", async () => {
    await using server = await startTestServer();
    const { email, bearer } = await signUp(server.url);
    const env = { DATABASE_URL: server.database.url, ...TEST_SECRETS };
    const list = () => fetch(`${server.url}/admin/keys`, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await list()).status).toBe(403);
    expect((await runKeyturn(["users", "grant-admin", email.toUpperCase()], env)).code).toBe(0);
    expect((await list()).status).toBe(200);
    const { code, output } = await runKeyturn(["users", "grant-admin", "nobody@example.com"], env);
    expect({ code, output }).toMatchObject({
      code: 1,
      output: expect.stringContaining("nobody has signed up as nobody@example.com"),
    });
  });

  test("keys list changes nothing, whatever KEY_ALGORITHMS it was given", async () => {
    await using server = await startTestServer({ env: SHORT_PERIODS });
    const { sql } = server.database;
    const before = await sql`select kid, state from signing_key order by kid`;
    const env = {
      DATABASE_URL: server.database.url,
      ...TEST_SECRETS,
      ...SHORT_PERIODS,
      KEY_ALGORITHMS: "ES256",
    };
    expect((await runKeyturn(["keys", "list"], env)).code).toBe(0);
    expect(await sql`select kid, state from signing_key order by kid`).toEqual(before);
  });

  test("keys rotate before any server has run says that there is nothing to turn to", async () => {
    await using database = await createTestDatabase({ empty: true });
    const { code, output } = await runKeyturn(["keys", "rotate"], {
      DATABASE_URL: database.url,
      ...TEST_SECRETS,
    });
    expect(code).toBe(1);
    expect(output).toContain("start a server");
  });

  test("keys list and rotate work beside a running server on the embedded database, and without one", async () => {
    using folder = createDataDir();
    const port = await freePort();
    const env = { DATA_DIR: folder.path, PORT: String(port), HOST: "localhost" };
    const server = spawnKeyturn("main.ts", [], env);
    await ready(server);
    const beside = await runKeyturn(["keys", "list", "--json"], env);
    expect(JSON.parse(beside.output).keys).toHaveLength(4);
    expect((await fetch(`http://localhost:${port}/readyz`)).status).toBe(200);
    server.kill("SIGTERM");
    await server.exit;
    const alone = await runKeyturn(["keys", "rotate", "--alg", "EdDSA"], env);
    expect(alone).toMatchObject({ code: 0, output: expect.stringContaining("signs at") });
    const table = await runKeyturn(["keys", "list"], env);
    expect(table.output.split("\n")[0]).toMatch(/^KID +ALG +STATE +SEALED +NEXT$/);
  });
});
