/** Guessing passwords: who is stopped, for how long, and who is not. */
import { afterEach, describe, expect, test, vi } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { newEmail, postJson, signUp } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";
import { atOnce, BEHIND_PROXY, deviceOf, inTurn, limitsReached, signIn, times } from "./attempts.ts";

const real = { budgets: BUDGETS };
const behindProxy = { budgets: BUDGETS, env: BEHIND_PROXY };

afterEach(() => {
  vi.useRealTimers();
});

describe("the sixth wrong password for an account from one network", () => {
  test("is 429 and says when to come back, and so is the right one, but a device the owner knows gets in", async () => {
    await using server = await startTestServer(real);
    const { email, password } = await signUp(server.url);
    const device = deviceOf(await signIn(server.url, { email, password }));
    expect(await inTurn(5, () => signIn(server.url, { email }))).toEqual(times(5, 401));
    const refused = await signIn(server.url, { email });
    expect(refused.status).toBe(429);
    expect(refused.headers.get("retry-after")).toBe("900");
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(await refused.json()).toMatchObject({
      type: "urn:keyturn:error:rate_limited",
      code: "rate_limited",
      status: 429,
      detail: "That was too often. Try again in 15 minutes.",
      message: "That was too often. Try again in 15 minutes.",
    });
    expect((await signIn(server.url, { email, password })).status).toBe(429);
    expect((await signIn(server.url, { email, password, cookie: device })).status).toBe(200);
    expect((await signIn(server.url, { email, password })).status).toBe(429);
  });

  test("is told once to whoever watches, without address or name, however often it is tried again", async () => {
    await using server = await startTestServer(real);
    const email = newEmail();
    await inTurn(9, () => signIn(server.url, { email }));
    expect(limitsReached(server)).toBe(1);
    const line = server.log.find((each) => each.includes("a limit was reached")) ?? "";
    expect(JSON.parse(line)).toMatchObject({ budget: "sign-in", path: "/api/auth/sign-in/email" });
    expect(line).not.toMatch(/127\.0\.0\.1|::1/);
    expect(line).not.toContain(email);
  });

  test("is answered alike for an account there is and one there is not", async () => {
    await using server = await startTestServer(behindProxy);
    const { email } = await signUp(server.url);
    const answers = async (address: string, from: string) => {
      const told: unknown[] = [];
      for (let attempt = 0; attempt < 8; attempt++) {
        const response = await signIn(server.url, { email: address, from });
        const { request_id: _, ...body } = await response.json();
        const headers = ["ratelimit-policy", "ratelimit", "retry-after"].map((name) =>
          // Seconds left, and what all requests of a network share, go on by themselves.
          response.headers.get(name)?.replaceAll(/;t=\d+|"requests";r=\d+/g, ""),
        );
        told.push({ status: response.status, body, headers });
      }
      return told;
    };
    expect(await answers(newEmail(), "203.0.113.1")).toEqual(await answers(email, "203.0.113.2"));
  });

  test("is the sixth however the address is spelled, and whether it comes as JSON or as a form", async () => {
    await using server = await startTestServer(real);
    const email = newEmail();
    const asForm = () =>
      fetch(`${server.url}/api/auth/sign-in/email`, {
        method: "POST",
        body:
          new URLSearchParams({ email: "decoy@example.com", password: "wrong password", x: "" }).toString() +
          `&email=${encodeURIComponent(email)}`,
        headers: { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "same-origin" },
      });
    const spellings = [email, email.toUpperCase(), ` ${email} `];
    const statuses = await inTurn(3, (time) => signIn(server.url, { email: spellings[time] ?? email }));
    expect(statuses).not.toContain(429);
    expect(await inTurn(2, asForm)).not.toContain(429);
    expect((await asForm()).status).toBe(429);
    expect((await signIn(server.url, { email })).status).toBe(429);
  });

  test("is the sixth by user name as well", async () => {
    await using server = await startTestServer(real);
    const attempt = (time: number) =>
      postJson(`${server.url}/api/auth/sign-in/username`, {
        username: time % 2 === 0 ? "somebody" : "SomeBody",
        password: "wrong password",
      });
    expect(await inTurn(6, attempt)).toEqual([...times(5, 401), 429]);
  });

  test("is the sixth for all who name nobody", async () => {
    await using server = await startTestServer(real);
    const attempt = (body: unknown) => postJson(`${server.url}/api/auth/sign-in/email`, body);
    const bodies = [null, [], {}, { email: 5 }, { email: ["a@example.com"] }, { email: null }];
    expect(await inTurn(6, (time) => attempt(bodies[time]))).toEqual([...times(5, 400), 429]);
  });

  test("is counted by all servers on one database", async () => {
    await using database = await createTestDatabase();
    await using one = await startTestServer({ ...real, database });
    await using other = await startTestServer({ ...real, database });
    const email = newEmail();
    const statuses = await inTurn(7, (time) => signIn(time % 2 === 0 ? one.url : other.url, { email }));
    expect(statuses).toEqual([...times(5, 401), 429, 429]);
  });
});

describe("twenty guesses at once", () => {
  test("are never more than five, from one network", async () => {
    await using server = await startTestServer(real);
    const { email } = await signUp(server.url);
    expect(await atOnce(20, () => signIn(server.url, { email }))).toEqual([
      ...times(5, 401),
      ...times(15, 429),
    ]);
    expect(limitsReached(server)).toBe(1);
  });

  test("are never more than ten, from a device the owner knows", async () => {
    await using server = await startTestServer(real);
    const { email, password } = await signUp(server.url);
    const cookie = deviceOf(await signIn(server.url, { email, password }));
    expect(await atOnce(20, () => signIn(server.url, { email, cookie }))).toEqual([
      ...times(10, 401),
      ...times(10, 429),
    ]);
  });

  test("from as many networks are never more than thirty in an hour, and the owner's device gets in after all", async () => {
    await using server = await startTestServer(behindProxy);
    const { email, password } = await signUp(server.url);
    const cookie = deviceOf(await signIn(server.url, { email, password, from: "198.51.100.1" }));
    const crowd = (time: number) => signIn(server.url, { email, from: `203.0.113.${time}` });
    expect(await atOnce(40, crowd)).toEqual([...times(30, 401), ...times(10, 429)]);
    const refused = await signIn(server.url, { email, password, from: "198.51.100.1" });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(3_600);
    expect((await signIn(server.url, { email, password, from: "198.51.100.1", cookie })).status).toBe(200);
    expect((await signIn(server.url, { email: newEmail(), from: "203.0.113.1" })).status).toBe(401);
  });
});

describe("somebody who knocks on after a refusal", () => {
  test("uses up nothing of what others have for that account", async () => {
    await using server = await startTestServer(behindProxy);
    const { email, password } = await signUp(server.url);
    await inTurn(40, () => signIn(server.url, { email, from: "203.0.113.1" }));
    expect((await signIn(server.url, { email, password, from: "203.0.113.2" })).status).toBe(200);
  });

  test("who tries one password on everybody is stopped after a hundred accounts", async () => {
    await using server = await startTestServer({
      ...behindProxy,
      budgets: { ...BUDGETS, signInNetwork: { ...BUDGETS.signInNetwork, points: 12 } },
    });
    const spray = () => signIn(server.url, { email: newEmail(), from: "203.0.113.1" });
    expect(await inTurn(14, spray)).toEqual([...times(12, 401), 429, 429]);
    expect((await signIn(server.url, { email: newEmail(), from: "203.0.113.2" })).status).toBe(401);
  });
});

describe("a right password", () => {
  test("makes wrong ones before it not count", async () => {
    await using server = await startTestServer(real);
    const { email, password } = await signUp(server.url);
    for (let day = 0; day < 3; day++) {
      expect(await inTurn(4, () => signIn(server.url, { email }))).toEqual(times(4, 401));
      const right = await signIn(server.url, { email, password });
      expect(right.status).toBe(200);
      expect(right.headers.get("ratelimit")).toContain('"sign-in";r=5;t=900');
    }
    expect(await inTurn(30, () => signIn(server.url, { email, password }))).toEqual(times(30, 200));
  });

  test("that the server could not check does not count either", async () => {
    await using server = await startTestServer(real);
    const { email, password } = await signUp(server.url);
    await server.database.sql`alter table account rename to account_gone`;
    expect(await inTurn(8, () => signIn(server.url, { email, password }))).toEqual(times(8, 500));
    await server.database.sql`alter table account_gone rename to account`;
    const response = await signIn(server.url, { email });
    expect(response.status).toBe(401);
    expect(response.headers.get("ratelimit")).toContain('"sign-in";r=4');
  });
});

describe("the wait", () => {
  test("ends: five more guesses after a quarter of an hour, and then it is twice as long", async () => {
    await using server = await startTestServer(real);
    const { email, password } = await signUp(server.url);
    vi.useFakeTimers({ toFake: ["Date"] });
    const waits: (string | null)[] = [];
    for (let round = 0; round < 4; round++) {
      expect(await inTurn(5, () => signIn(server.url, { email }))).toEqual(times(5, 401));
      const refused = await signIn(server.url, { email });
      waits.push(refused.headers.get("retry-after"));
      const seconds = Number(refused.headers.get("retry-after"));
      vi.setSystemTime(Date.now() + (seconds - 1) * 1000);
      expect((await signIn(server.url, { email, password })).status).toBe(429);
      vi.setSystemTime(Date.now() + 1_000);
    }
    expect(waits).toEqual(["900", "1800", "3600", "7200"]);
    expect((await signIn(server.url, { email, password })).status).toBe(200);
    await inTurn(5, () => signIn(server.url, { email }));
    expect((await signIn(server.url, { email })).headers.get("retry-after")).toBe("900");
  });

  test("is not needed by whoever stops after five and comes back when the window is over", async () => {
    await using server = await startTestServer(real);
    const { email } = await signUp(server.url);
    vi.useFakeTimers({ toFake: ["Date"] });
    await inTurn(5, () => signIn(server.url, { email }));
    vi.setSystemTime(Date.now() + 15 * 60 * 1000);
    expect((await signIn(server.url, { email })).status).toBe(401);
  });
});
