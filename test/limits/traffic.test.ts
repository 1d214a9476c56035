/** Everyday traffic: wide limits, counted in memory, and what is never limited. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { BUDGETS, type BudgetId, type Budgets } from "../../src/limits/budgets.ts";
import { asBearer, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { BEHIND_PROXY, inTurn, limitsReached, times } from "./attempts.ts";

const only = (points: Partial<Record<BudgetId, number>>): Budgets => ({
  ...BUDGETS,
  token: { ...BUDGETS.token, points: points.token ?? BUDGETS.token.points },
  tokenNetwork: { ...BUDGETS.tokenNetwork, points: points.tokenNetwork ?? BUDGETS.tokenNetwork.points },
  requests: { ...BUDGETS.requests, points: points.requests ?? BUDGETS.requests.points },
  admin: { ...BUDGETS.admin, points: points.admin ?? BUDGETS.admin.points },
});

afterEach(() => {
  vi.useRealTimers();
});

describe("tokens", () => {
  test("are limited for each session, by cookie or bearer in whatever spelling, and again there a minute later", async () => {
    await using server = await startTestServer({ budgets: only({ token: 4 }) });
    const [ada, ben] = [await signUp(server.url), await signUp(server.url)];
    const ask = (headers: Record<string, string>) => fetch(`${server.url}/api/auth/token`, { headers });
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = await ask({ authorization: `Bearer ${ada.bearer}` });
    expect(first.headers.get("ratelimit-policy")).toBe('"token";q=4;w=60');
    expect(first.headers.get("ratelimit")).toMatch(/^"token";r=3;t=\d+$/);
    const spellings = [
      { authorization: `bearer  ${ada.bearer}` },
      { cookie: ada.cookie },
      { authorization: `Bearer %${ada.bearer.charCodeAt(0).toString(16)}${ada.bearer.slice(1)}` },
      { cookie: `a=b; ${ada.cookie}; c=d` },
    ];
    expect(await inTurn(4, (time) => ask(spellings[time] ?? {}))).toEqual([200, 200, 200, 429]);
    const refused = await ask({ cookie: ada.cookie });
    expect(refused.headers.get("retry-after")).toMatch(/^(?:[1-5]?\d|60)$/);
    expect(await refused.json()).toMatchObject({ code: "rate_limited" });
    expect((await ask({ authorization: `Bearer ${ben.bearer}` })).status).toBe(200);
    vi.setSystemTime(Date.now() + 60_000);
    expect((await ask({ cookie: ada.cookie })).status).toBe(200);
    expect(limitsReached(server)).toBe(1);
  });

  test("and sessions that do not exist are limited for each network, and nothing is asked of the database for it", async () => {
    await using server = await startTestServer({
      env: BEHIND_PROXY,
      budgets: only({ tokenNetwork: 5 }),
    });
    const ask = (time: number, from = "203.0.113.1") =>
      fetch(`${server.url}/api/auth/token`, {
        headers: { authorization: `Bearer made-up-${time}.c2lnbmF0dXJl`, "x-forwarded-for": from },
      });
    expect(await inTurn(7, ask)).toEqual([...times(5, 401), 429, 429]);
    expect((await ask(1, "203.0.113.2")).status).toBe(401);
    expect(await server.database.sql`select 1 from rate_limit`).toHaveLength(0);
  });
});

describe("other requests of one network", () => {
  test("are limited below /api/auth and below /admin, apart from each other", async () => {
    await using server = await startTestServer({ budgets: only({ requests: 3, admin: 2 }) });
    const get = (path: string) => () => fetch(server.url + path);
    expect(await inTurn(4, get("/api/auth/ok"))).toEqual([...times(3, 200), 429]);
    expect(await inTurn(3, get("/admin/keys"))).toEqual([401, 401, 429]);
  });

  test("include sign-ins, and a front end of another origin may read why it was refused", async () => {
    const origin = "https://app.example.com";
    await using server = await startTestServer({
      env: { CORS_ORIGINS: origin },
      budgets: only({ requests: 1 }),
    });
    const ask = () => fetch(`${server.url}/api/auth/ok`, { headers: { origin } });
    await ask();
    const refused = await ask();
    expect(refused.status).toBe(429);
    expect(refused.headers.get("access-control-allow-origin")).toBe(origin);
    expect(refused.headers.get("access-control-expose-headers")).toContain("RateLimit,RateLimit-Policy");
    expect(refused.headers.get("retry-after")).not.toBeNull();
  });

  test("of a foreign page cost the person who has it open nothing", async () => {
    await using server = await startTestServer({ budgets: only({ requests: 2 }) });
    const foreign = () =>
      fetch(`${server.url}/api/auth/sign-out`, {
        method: "POST",
        headers: { origin: "https://evil.example" },
      });
    expect(await inTurn(4, foreign)).toEqual(times(4, 403));
    expect((await fetch(`${server.url}/api/auth/ok`)).status).toBe(200);
  });
});

describe("keys, health, metrics and pages", () => {
  test("are not limited, nor speak of limits", async () => {
    await using server = await startTestServer({ budgets: only({ requests: 1, admin: 1, tokenNetwork: 1 }) });
    for (const path of [
      "/.well-known/jwks.json",
      "/api/auth/jwks",
      "/livez",
      "/readyz",
      "/metrics",
      "/docs",
    ]) {
      expect(await inTurn(3, () => fetch(server.url + path)), path).toEqual(times(3, 200));
      expect((await fetch(server.url + path)).headers.has("ratelimit"), path).toBe(false);
    }
  });
});

describe("the limits Keyturn starts with", () => {
  test("let one session have a token a hundred times a second", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const { bearer } = await signUp(server.url);
    const statuses = await inTurn(200, () => fetch(`${server.url}/api/auth/token`, asBearer(bearer)));
    expect(statuses).toEqual(times(200, 200));
  });
});
