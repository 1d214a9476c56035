/** Where counts are kept: the same rules in Postgres, in Redis and in memory, and what happens while a store is away. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import { connect } from "../../src/db/database.ts";
import { BUDGETS, type Budgets } from "../../src/limits/budgets.ts";
import { type Charge, createLimiter, type Limiter } from "../../src/limits/limiter.ts";
import { type Limits, openLimits } from "../../src/limits/open.ts";
import { insured, type SharedStore } from "../../src/limits/store.ts";
import { createLogger } from "../../src/logger.ts";
import { newEmail, signUp } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";
import { inTurn, signIn, times } from "./attempts.ts";
import { openRedis, whyNoOwnRedis, whyNoRedis } from "./redis.ts";

const silent = createLogger({ level: "silent", pretty: false });
const secrets = [{ version: 1, value: "a secret that is long enough for tests" }] as const;
const budgets: Budgets = {
  ...BUDGETS,
  signIn: { name: "sign-in", points: 3, window: 1, growth: { factor: 2, most: 4, memory: 60 } },
  mail: { name: "mail", points: 3, window: 1 },
};

if (whyNoRedis !== undefined) console.log(`skipped: counts in Redis (${whyNoRedis})`);

type Use = (limits: Pick<Limits, "limiter" | "prune">, another: Pick<Limits, "limiter">) => Promise<void>;

/** Two replicas on one store. */
async function withPostgres(use: Use): Promise<void> {
  await using database = await createTestDatabase();
  await using undo = new AsyncDisposableStack();
  const open = async () => {
    const address = parseDatabaseUrl(database.url);
    const connections = connect({ address, schemaName: "auth", logger: silent });
    undo.defer(() => connections.close());
    const options = { secrets, issuer: "http://localhost", logger: silent, budgets, redisUrl: undefined };
    const limits = await openLimits({ ...options, db: connections.limits });
    undo.defer(() => limits.close());
    return limits;
  };
  await use(await open(), await open());
}

async function withRedis(use: Use): Promise<void> {
  await using redis = await openRedis();
  await using undo = new AsyncDisposableStack();
  const { createRedisStore } = await import("../../src/limits/redis-store.ts");
  const open = async () => {
    const store = await createRedisStore(redis.url, silent);
    undo.defer(() => store.close());
    return { limiter: createLimiter(insured(store, silent), budgets, secrets[0].value), prune: store.prune };
  };
  await use(await open(), await open());
}

async function withMemory(use: Use): Promise<void> {
  const limiter = createLimiter(insured(broken(), silent), budgets, secrets[0].value);
  await use({ limiter, prune: async () => {} }, { limiter });
}

/** A store that is away, and says how often it was asked. */
function broken(): SharedStore & { asked: number } {
  const store = {
    name: "Nothing",
    asked: 0,
    counts: () => ({ add: fail, giveBack: fail, forget: fail, block: fail }),
    prune: async () => {},
    close: async () => {},
  };
  async function fail(): Promise<never> {
    store.asked += 1;
    throw new Error("away");
  }
  return store;
}

const charge = (onSuccess: Charge["onSuccess"], budget: Charge["budget"] = "signIn"): Charge => ({
  budget,
  onSuccess,
  subject: "somebody",
});
const isAllowed = async (limiter: Limiter, ...charges: Charge[]): Promise<boolean> =>
  (await limiter.charge(charges)).refused === undefined;

const stores = [
  { place: "Postgres", use: withPostgres, skip: false },
  { place: "Redis", use: withRedis, skip: whyNoRedis !== undefined },
  { place: "memory", use: withMemory, skip: false },
];

afterEach(() => {
  vi.useRealTimers();
});

describe.for(stores)("counts in $place", ({ use, skip }) => {
  test.skipIf(skip)(
    "let through as many of twenty at once as there are points, over all replicas",
    async () => {
      await use(async (one, other) => {
        const answers = await Promise.all(
          Array.from({ length: 20 }, (_, time) =>
            (time % 2 === 0 ? one : other).limiter.charge([charge("refund", "mail")]),
          ),
        );
        const refused = answers.flatMap((answer) => answer.refused ?? []);
        expect(refused).toHaveLength(17);
        expect(refused.filter(({ isFirst }) => isFirst)).toHaveLength(1);
      });
    },
  );

  test.skipIf(skip)("give a point back, or all of them, after a success", async () => {
    await use(async ({ limiter }) => {
      const refunded = charge("refund", "mail");
      for (let attempt = 0; attempt < 6; attempt++) {
        const charged = await limiter.charge([refunded]);
        expect(charged.refused).toBeUndefined();
        const [standing] = await charged.succeed();
        expect(standing?.remaining).toBe(3);
      }
      for (let attempt = 0; attempt < 2; attempt++) await limiter.charge([charge("reset")]);
      const last = await limiter.charge([charge("reset")]);
      expect(last.standings[0]?.remaining).toBe(0);
      await last.succeed();
      expect((await limiter.charge([charge("reset")])).standings[0]?.remaining).toBe(2);
    });
  });

  test.skipIf(skip)("take nothing from one budget when another refuses", async () => {
    await use(async ({ limiter }) => {
      const wide = { ...charge("keep", "mailNetwork"), subject: "elsewhere" };
      for (let attempt = 0; attempt < 3; attempt++) await limiter.charge([charge("keep", "mail")]);
      const before = (await limiter.charge([wide])).standings[0]?.remaining ?? 0;
      expect(await isAllowed(limiter, wide, charge("keep", "mail"))).toBe(false);
      expect((await limiter.charge([wide])).standings[0]?.remaining).toBe(before - 1);
    });
  });

  test.skipIf(skip)(
    "begin anew when the window is over, and wait longer each time for whoever goes on",
    async () => {
      await use(async ({ limiter }) => {
        const waits: (number | undefined)[] = [];
        for (let round = 0; round < 2; round++) {
          for (let point = 0; point < 3; point++)
            expect(await isAllowed(limiter, charge("reset"))).toBe(true);
          const { refused } = await limiter.charge([charge("reset")]);
          waits.push(refused?.reset);
          const until = Date.now() + (refused?.reset ?? 0) * 1000;
          await vi.waitUntil(() => Date.now() > until, { timeout: 5_000, interval: 20 });
        }
        expect(waits).toEqual([1, 2]);
        expect(await isAllowed(limiter, charge("reset"))).toBe(true);
      });
    },
  );
});

describe("what is kept", () => {
  test("names neither addresses nor people, is short whatever was sent, and goes when it has expired", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const { sql } = server.database;
    const email = newEmail();
    vi.useFakeTimers({ toFake: ["Date"] });
    await inTurn(6, () => signIn(server.url, { email }));
    await signIn(server.url, { email: `${"x".repeat(500_000)}@example.com` });
    const rows = await sql<{ key: string }[]>`select key from rate_limit`;
    expect(rows.length).toBeGreaterThanOrEqual(6);
    for (const { key } of rows) expect(key).toMatch(/^[a-z-]+:[\w-]{43}$/);
    await server.server.services.limits.prune();
    expect(await sql`select 1 from rate_limit`).toHaveLength(rows.length);
    vi.setSystemTime(Date.now() + 25 * 60 * 60 * 1000);
    await server.server.services.limits.prune();
    expect(await sql`select 1 from rate_limit`).toHaveLength(0);
  });
});

describe("a store that is away", () => {
  test("keeps nobody from signing in: the server counts for itself meanwhile, and says so once", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const { email, password } = await signUp(server.url);
    await server.database.sql`alter table rate_limit rename to rate_limit_gone`;
    expect((await signIn(server.url, { email, password })).status).toBe(200);
    expect(await inTurn(7, () => signIn(server.url, { email }))).toEqual([...times(5, 401), 429, 429]);
    const said = () => server.log.filter((line) => line.includes("does not count for rate limits"));
    expect(said()).toHaveLength(1);
    expect(said()[0]).not.toContain(email);
    await server.database.sql`alter table rate_limit_gone rename to rate_limit`;
    await vi.waitFor(
      async () => {
        await signIn(server.url, { email: newEmail() });
        expect(server.log.join("")).toContain("Postgres counts for rate limits again");
      },
      { timeout: 10_000, interval: 200 },
    );
    expect(said()).toHaveLength(1);
  });

  test("is not asked again for every request, but every two seconds", async () => {
    const store = broken();
    let now = 0;
    const counts = insured(store, silent, () => now).counts({ keyPrefix: "b", points: 9, duration: 60 });
    for (let request = 0; request < 5; request++) expect((await counts.add("a")).used).toBe(request + 1);
    expect(store.asked).toBe(1);
    now = 2_001;
    await counts.add("a");
    expect(store.asked).toBe(2);
  });

  test.skipIf(whyNoOwnRedis !== undefined)(
    "may be Redis: servers share counts in it, count on without it, and share again when it is back",
    { timeout: 60_000 },
    async () => {
      await using redis = await openRedis({ own: true });
      await using database = await createTestDatabase();
      const env = { REDIS_URL: redis.url };
      await using one = await startTestServer({ budgets: BUDGETS, env, database });
      await using other = await startTestServer({ budgets: BUDGETS, env, database });
      const guess = (email: string) => (time: number) =>
        signIn(time % 2 === 0 ? one.url : other.url, { email });
      const shared = [...times(5, 401), 429];
      expect(await inTurn(6, guess(newEmail()))).toEqual(shared);
      expect(await database.sql`select 1 from rate_limit`).toHaveLength(0);

      await redis.stop?.();
      const email = newEmail();
      const started = performance.now();
      expect(await inTurn(10, guess(email))).toEqual(times(10, 401));
      expect(await inTurn(2, guess(email))).toEqual([429, 429]);
      expect(performance.now() - started).toBeLessThan(10_000);
      expect(one.log.filter((line) => line.includes("Redis does not count for rate limits"))).toHaveLength(1);

      await redis.start();
      await vi.waitFor(async () => expect(await inTurn(6, guess(newEmail()))).toEqual(shared), {
        timeout: 20_000,
        interval: 250,
      });
    },
  );

  test.skipIf(whyNoRedis !== undefined)("does not keep the server from starting", async () => {
    await using server = await startTestServer({
      budgets: BUDGETS,
      env: { REDIS_URL: "redis://127.0.0.1:1" },
    });
    const email = newEmail();
    expect(await inTurn(6, () => signIn(server.url, { email }))).toEqual([...times(5, 401), 429]);
    expect(server.log.join("")).not.toContain("127.0.0.1:1");
  });
});
