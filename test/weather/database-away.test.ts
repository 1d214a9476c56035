/** The database goes away and comes back: what still works meanwhile, and that everything does afterwards. */
import { describe, expect, test, vi } from "vitest";
import { asBearer, signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase, openAdmin, type TestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";

describe("a server whose database is gone", () => {
  test("publishes its keys, refuses tokens with 503, is not ready, and recovers by itself", async () => {
    await using database = await createTestDatabase();
    await using server = await startTestServer({ database });
    const { bearer } = await signUp(server.url);
    await using away = await takeAway(database);
    const refused = await fetch(`${server.url}/api/auth/token`, asBearer(bearer));
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("5");
    expect((await fetch(`${server.url}/.well-known/jwks.json`)).status).toBe(200);
    expect((await fetch(`${server.url}/livez`)).status).toBe(200);
    const ready = await fetch(`${server.url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ checks: { database: "unreachable" } });
    await away.comeBack();
    await vi.waitFor(async () => await tokenOf(server.url, bearer), { timeout: 15_000, interval: 100 });
    await vi.waitFor(async () => expect((await fetch(`${server.url}/readyz`)).status).toBe(200), {
      timeout: 15_000,
    });
  });
});

/** Forbids connections to this one database and cuts those there are. */
async function takeAway({ url }: TestDatabase): Promise<{ comeBack(): Promise<void> } & AsyncDisposable> {
  const name = new URL(url).pathname.slice(1);
  const elsewhere = new URL(url);
  elsewhere.pathname = "/postgres";
  const admin = openAdmin(elsewhere.href);
  await admin`alter database ${admin(name)} with allow_connections false`;
  await admin`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`;
  const comeBack = async () => {
    await admin`alter database ${admin(name)} with allow_connections true`;
  };
  return {
    comeBack,
    async [Symbol.asyncDispose]() {
      await comeBack();
      await admin.end();
    },
  };
}
