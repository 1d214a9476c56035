/** People who were imported: they sign in as they did before, and nothing tells them from others. */
import { describe, expect, test, vi } from "vitest";
import { createReplaceHash } from "../../src/accounts/passwords/replace-hash.ts";
import { newEmail, postJson } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer, type TestServer } from "../support/server.ts";
import { FOREIGN_HASHES } from "./foreign-hashes.ts";
import { BCRYPT, createImportFile, PASSWORD, runImport } from "./import-file.ts";

const signInAs = (server: TestServer, email: string, password: string) =>
  postJson(`${server.url}/api/auth/sign-in/email`, { email, password });
const storedHash = async (server: TestServer, email: string): Promise<string> => {
  const [row] = await server.database.sql`
    select password from account join "user" on user_id = "user".id where email = ${email}`;
  return String(row?.["password"]);
};

describe("somebody imported", () => {
  test("signs in with the password they had, whatever hashed it, and has an Argon2id hash from then on", async () => {
    await using server = await startTestServer();
    const people = FOREIGN_HASHES.map((foreign) => ({ ...foreign, email: newEmail() }));
    using file = createImportFile(people.map(({ email, hash }) => ({ email, password_hash: hash })));
    const { code, answer } = await runImport(server.database, file.path);
    expect({ code, answer }).toMatchObject({ code: 0, answer: { imported: people.length, refused: 0 } });
    for (const { kind, email, password, hash } of people) {
      expect((await signInAs(server, email, `${password}!`)).status, kind).toBe(401);
      expect(await storedHash(server, email), kind).toBe(hash);
      expect((await signInAs(server, email.toUpperCase(), password)).status, kind).toBe(200);
      await vi.waitUntil(async () => (await storedHash(server, email)) !== hash, { timeout: 5_000 });
      const ours = await storedHash(server, email);
      expect(ours, kind).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
      expect((await signInAs(server, email, password)).status, kind).toBe(200);
      expect((await signInAs(server, email, `${password}!`)).status, kind).toBe(401);
      expect(await storedHash(server, email), kind).toBe(ours);
    }
    expect(server.log.join("")).not.toMatch(/\$(?:2[aby]|scrypt|pbkdf2|argon2)/);
  });

  test("who signs in twenty times at once is let in each time, and re-hashed to something that fits", async () => {
    await using server = await startTestServer();
    const email = newEmail();
    using file = createImportFile([{ email, password_hash: BCRYPT }]);
    await runImport(server.database, file.path);
    const answers = await Promise.all(Array.from({ length: 20 }, () => signInAs(server, email, PASSWORD)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await vi.waitUntil(async () => (await storedHash(server, email)).startsWith("$argon2id$"));
    expect((await signInAs(server, email, PASSWORD)).status).toBe(200);
  });

  test("keeps the password they have changed to while the old one was being re-hashed", async () => {
    await using server = await startTestServer();
    using file = createImportFile([{ email: newEmail(), password_hash: BCRYPT }]);
    await runImport(server.database, file.path);
    const { db, logger } = server.server.services;
    await createReplaceHash(
      db,
      logger,
    )({
      stored: BCRYPT,
      async rehash() {
        await server.database.sql`update account set password = 'changed meanwhile'`;
        return "made of the old one";
      },
    });
    expect(await server.database.sql`select password from account`).toEqual([
      { password: "changed meanwhile" },
    ]);
  });

  test("signs in all the same when the re-hash fails, and it is tried again the next time", async () => {
    await using server = await startTestServer();
    const email = newEmail();
    using file = createImportFile([{ email, password_hash: BCRYPT }]);
    await runImport(server.database, file.path);
    await server.database
      .sql`alter table account add constraint not_now check (password = ${server.database.sql.unsafe(`'${BCRYPT}'`)})`;
    expect((await signInAs(server, email, PASSWORD)).status).toBe(200);
    await vi.waitUntil(() => server.log.some((line) => line.includes("was not replaced")));
    expect(server.log.join("")).not.toContain(BCRYPT);
    await server.database.sql`alter table account drop constraint not_now`;
    expect((await signInAs(server, email, PASSWORD)).status).toBe(200);
    await vi.waitUntil(async () => (await storedHash(server, email)).startsWith("$argon2id$"));
  });

  test("is not told from somebody unknown by the time a wrong password takes", async () => {
    await using database = await createTestDatabase();
    const email = newEmail();
    using file = createImportFile([{ email, password_hash: FOREIGN_HASHES[2]?.hash }]);
    await runImport(database, file.path);
    await using server = await startTestServer({ database });
    const time = async (address: string) => {
      const start = performance.now();
      expect((await signInAs(server, address, "a wrong password")).status).toBe(401);
      return performance.now() - start;
    };
    const known: number[] = [];
    const unknown: number[] = [];
    for (let round = 0; round < 7; round++) {
      known.push(await time(email));
      unknown.push(await time(newEmail()));
    }
    const middle = (times: number[]) => times.toSorted((a, b) => a - b)[3] ?? 0;
    expect(middle(known) / middle(unknown)).toBeGreaterThan(0.8);
    expect(middle(known) / middle(unknown)).toBeLessThan(1.25);
  });
});
