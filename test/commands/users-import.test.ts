/** `keyturn users import`, as an operator runs it: what it takes, what it refuses, and that stopping it loses nothing. */
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { describe, expect, test, vi } from "vitest";
import { BCRYPT, commandEnv, createImportFile, PASSWORD, runImport } from "../passwords/import-file.ts";
import { postJson, signUp } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { runKeyturn, spawnKeyturn } from "../support/process.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const DJANGO_WITH_NUL = `pbkdf2_sha256$600000$sa\0lt$${Buffer.alloc(32).toString("base64")}`;

const signInAs = (server: TestServer, email: string, password: string) =>
  postJson(`${server.url}/api/auth/sign-in/email`, { email, password });

describe("somebody imported", () => {
  test("has everything their line said, and gets no mail", async () => {
    await using server = await startTestServer();
    using file = createImportFile([
      {
        id: "auth0|5f7c8ec7c33c6c004bbafe82",
        email: "Ada@Example.com",
        email_verified: true,
        name: "Ada Lovelace",
        username: "Ada.L",
        image: "https://example.com/ada.png",
        roles: ["admin", "user"],
        created_at: "2015-12-10T10:00:00+02:00",
      },
      { email: "eve@example.com", banned: true, password_hash: BCRYPT },
    ]);
    const { answer } = await runImport(server.database, file.path);
    expect(answer).toEqual({
      dry_run: false,
      lines: 2,
      imported: 2,
      without_password: 1,
      skipped: 0,
      refused: 0,
      rejected_file: null,
    });
    const { sql } = server.database;
    expect(await sql`select * from "user" where email = 'ada@example.com'`).toMatchObject([
      {
        id: "auth0|5f7c8ec7c33c6c004bbafe82",
        email_verified: true,
        name: "Ada Lovelace",
        username: "ada.l",
        display_username: "Ada.L",
        image: "https://example.com/ada.png",
        role: "admin,user",
        banned: false,
        created_at: new Date("2015-12-10T08:00:00Z"),
      },
    ]);
    expect(await sql`select name, banned, role from "user" where email = 'eve@example.com'`).toEqual([
      { name: "eve", banned: true, role: "user" },
    ]);
    expect(await sql`select provider_id, account_id = user_id as own from account`).toEqual([
      { provider_id: "credential", own: true },
    ]);
    expect((await signInAs(server, "eve@example.com", PASSWORD)).status).toBe(403);
    expect(await sql`select 1 from mail`).toEqual([]);
    expect(
      await sql`select action, actor, target, detail from audit_event where actor = 'cli' order by id`,
    ).toEqual([
      { action: "users.imported", actor: "cli", target: "people.ndjson", detail: { count: 2 } },
      {
        action: "user.admin_granted",
        actor: "cli",
        target: "auth0|5f7c8ec7c33c6c004bbafe82",
        detail: { how: "command" },
      },
    ]);
  });
});

describe("a line", () => {
  test("that is wrong is refused with its number and every reason, without its content, and the rest goes on", async () => {
    await using database = await createTestDatabase();
    using file = createImportFile([
      { email: "good@example.com" },
      '{"email": "half@exa',
      "[]",
      "",
      { email: "nobody", name: "", roles: ["a,b"], created_at: "yesterday" },
      { email: "md5@example.com", password_hash: "5f4dcc3b5aa765d61d8327deb882cf99" },
      { email: "costly@example.com", password_hash: `$2b$31$${"c".repeat(53)}` },
      { email: "typo@example.com", passwordHash: BCRYPT },
      { email: "later@example.com", created_at: "2999-01-01T00:00:00Z" },
      { id: "cli", email: "cli@example.com" },
      { id: "anonymous", email: "anonymous@example.com" },
      {
        email: "nul@example.com",
        name: "a\0b",
        image: "https://example.com/\0",
        password_hash: DJANGO_WITH_NUL,
      },
      { email: "first@example.com", created_at: "0000-01-01T00:00:00Z" },
      `{"email": "${"x".repeat(70_000)}@example.com"}`,
      { email: "better@example.com" },
    ]);
    const { code, answer } = await runImport(database, file.path);
    expect(code).toBe(1);
    expect(answer).toMatchObject({ lines: 14, imported: 2, refused: 12, rejected_file: file.rejectedPath });
    const refused = file
      .rejected()
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(refused).toEqual([
      { line: 2, reasons: ["expected one JSON object on one line"] },
      { line: 3, reasons: ["expected one JSON object on one line"] },
      {
        line: 5,
        reasons: [
          "email: expected an e-mail address",
          "name: expected at least one character",
          "roles.0: expected a role",
          "created_at: expected a time such as 2020-01-31T12:00:00Z",
        ],
      },
      { line: 6, reasons: [expect.stringContaining("password_hash: expected bcrypt, scrypt")] },
      { line: 7, reasons: ["password_hash: expected the cost of bcrypt from 4 to 14, got 31"] },
      { line: 8, reasons: [expect.stringContaining("expected no other members than id, email")] },
      { line: 9, reasons: ["created_at: expected a time that has passed"] },
      { line: 10, reasons: ["id: this id is reserved"] },
      { line: 11, reasons: ["id: this id is reserved"] },
      {
        line: 12,
        reasons: [
          expect.stringMatching(/^name: expected text without NUL/),
          expect.stringMatching(/^image: expected text without NUL/),
          expect.stringMatching(/^password_hash: expected text without NUL/),
        ],
      },
      { line: 13, reasons: ["created_at: expected a time after the year 0"] },
      { line: 14, reasons: ["expected UTF-8 of at most 65536 bytes"] },
    ]);
    expect(file.rejected()).not.toMatch(/\$2b|5f4dcc/);
    expect(statSync(file.rejectedPath).mode & 0o777).toBe(0o600);
    expect(await database.sql`select email from "user" order by email`).toEqual([
      { email: "better@example.com" },
      { email: "good@example.com" },
    ]);
  });

  test("about somebody who is there is skipped, whatever the case; ids and usernames that are taken are refused", async () => {
    await using server = await startTestServer();
    const ada = await signUp(server.url, { email: "ada@example.com" });
    using file = createImportFile([
      { email: "ADA@example.com", name: "Another", password_hash: BCRYPT },
      { email: "b@example.com", id: ada.id },
      { email: "c@example.com", username: "Same" },
      { email: "d@example.com", username: "same" },
      { email: "C@example.com", id: "first-of-two", password_hash: BCRYPT },
      { email: "e@example.com", id: "first-of-two" },
    ]);
    for (const dry of [["--dry-run"], []]) {
      const { code, answer } = await runImport(server.database, file.path, ...dry);
      expect({ code, ...answer }).toMatchObject({ code: 1, imported: 2, skipped: 2, refused: 2 });
      expect(file.rejected().trim().split("\n")).toEqual([
        '{"line":2,"reasons":["id: somebody else has this one"]}',
        '{"line":4,"reasons":["username: somebody else has this one"]}',
      ]);
    }
    expect((await signInAs(server, ada.email, ada.password)).status).toBe(200);
    expect(
      await server.database.sql`select email, u.id from "user" u left join account on user_id = u.id
      where password is null order by email`,
    ).toMatchObject([{ email: "c@example.com" }, { email: "e@example.com", id: "first-of-two" }]);
  });
});

describe("an import", () => {
  test("as a dry run says what would be, and writes nothing", async () => {
    await using database = await createTestDatabase();
    using file = createImportFile([
      ...Array.from({ length: 1_200 }, (_, at) => ({ email: `p${at}@example.com`, password_hash: BCRYPT })),
      { email: "p7@example.com" },
      { email: "nobody" },
    ]);
    const { code, answer } = await runImport(database, file.path, "--dry-run");
    expect({ code, ...answer }).toMatchObject({
      code: 1,
      dry_run: true,
      imported: 1_200,
      skipped: 1,
      refused: 1,
    });
    expect(await database.sql`select 1 from "user"`).toEqual([]);
    expect(await database.sql`select 1 from audit_event`).toEqual([]);
  });

  test("that is to fail when somebody is there writes nobody of that batch and names the line", async () => {
    await using server = await startTestServer();
    await signUp(server.url, { email: "ada@example.com" });
    using file = createImportFile([{ email: "b@example.com" }, { email: "ada@example.com" }]);
    const { code, output } = await runImport(server.database, file.path, "--on-conflict", "fail");
    expect(code).toBe(1);
    expect(output).toContain("line 2: somebody with this address is there already");
    expect(await server.database.sql`select email from "user"`).toEqual([{ email: "ada@example.com" }]);
  });

  test("killed in the middle and run again ends as one that was never stopped", async () => {
    const lines = Array.from({ length: 30_000 }, (_, at) => ({
      id: `p-${at}`,
      email: at % 1_000 === 999 ? "nobody" : `P${at % 25_000}@example.com`,
      created_at: "2020-01-01T00:00:00Z",
      ...(at % 3 !== 0 && { password_hash: BCRYPT }),
    }));
    using file = createImportFile(lines);
    await using stopped = await createTestDatabase();
    await using whole = await createTestDatabase();
    const count = async () => Number((await stopped.sql`select count(*) from "user"`)[0]?.["count"]);
    {
      await using command = spawnKeyturn("cli.ts", ["users", "import", file.path], commandEnv(stopped));
      await vi.waitUntil(async () => (await count()) > 3_000, { timeout: 20_000, interval: 5 });
      command.kill("SIGKILL");
      expect(await command.exit).toBe("SIGKILL");
    }
    const part = await count();
    expect(part).toBeLessThan(24_975);
    const again = await runImport(stopped, file.path);
    const rejected = file.rejected();
    const once = await runImport(whole, file.path);
    expect(once.answer).toMatchObject({ lines: 30_000, imported: 24_975, skipped: 4_995, refused: 30 });
    expect(again.answer).toMatchObject({ imported: 24_975 - part, skipped: 4_995 + part, refused: 30 });
    expect(rejected).toBe(file.rejected());
    const result = async ({ sql }: TestDatabase) => ({
      people: await sql`select md5(string_agg(concat_ws('|', u.id, email, name, password), ',' order by u.id))
        from "user" u left join account on user_id = u.id`,
      told: await sql`select sum((detail->>'count')::int) from audit_event where action = 'users.imported'`,
    });
    expect(await result(stopped)).toEqual(await result(whole));
  }, 60_000);

  test("told to stop finishes its batch, says how far it got, and can go on", async () => {
    await using database = await createTestDatabase();
    using file = createImportFile(
      Array.from({ length: 30_000 }, (_, at) => ({ email: `p${at}@example.com` })),
    );
    await using command = spawnKeyturn("cli.ts", ["users", "import", file.path], commandEnv(database));
    await vi.waitUntil(async () => (await database.sql`select 1 from "user" limit 1`).length > 0, {
      timeout: 20_000,
      interval: 5,
    });
    command.kill("SIGINT");
    expect(await command.exit).toBe(1);
    expect(command.output()).toMatch(/stopped after \d+ lines; \d+ people were imported/);
    expect((await runImport(database, file.path)).code).toBe(0);
    expect(await database.sql`select 1 from "user"`).toHaveLength(30_000);
  }, 60_000);

  test("of a file that is not there, or of a folder, says so", async () => {
    await using database = await createTestDatabase();
    for (const path of ["/nowhere/people.ndjson", tmpdir()]) {
      const { code, output } = await runKeyturn(["users", "import", path], commandEnv(database));
      expect(code).toBe(1);
      expect(output).toMatch(/cannot be read|is not a file/);
    }
  });

  test("explains itself, with an example", async () => {
    const { code, output } = await runKeyturn(["users", "import", "--help"], {});
    expect(code).toBe(0);
    for (const part of ["--dry-run", "--on-conflict", "--json", '{"email": "ada@example.com"']) {
      expect(output).toContain(part);
    }
  });
});
