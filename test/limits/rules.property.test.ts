/** The rules of limits that need no server: waits, counts, networks, and which requests are charged to what. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUDGETS, type Budget, enlarged, waitAfter } from "../../src/limits/budgets.ts";
import { createCounter } from "../../src/limits/counter.ts";
import { inWords, policyField, standingField } from "../../src/limits/fields.ts";
import { networkOf } from "../../src/limits/network.ts";
import { planFor } from "../../src/limits/plans.ts";

const growingBudget = fc
  .record({
    points: fc.integer({ min: 1, max: 100 }),
    window: fc.integer({ min: 1, max: 3_600 }),
    factor: fc.double({ min: 1, max: 10, noNaN: true }),
    most: fc.integer({ min: 1, max: 86_400 }),
  })
  .map(({ points, window, factor, most }): Budget => {
    return { name: "b", points, window, growth: { factor, most, memory: 86_400 } };
  });

describe("the wait after a budget was used up", () => {
  test("never becomes shorter from one time to the next, and is never below the window or above the most", () => {
    fc.assert(
      fc.property(growingBudget, fc.integer({ min: 1, max: 1_000 }), (budget, times) => {
        const wait = waitAfter(budget, times);
        expect(wait).toBeGreaterThanOrEqual(budget.window);
        expect(wait).toBeLessThanOrEqual(Math.max(budget.window, budget.growth?.most ?? 0));
        expect(waitAfter(budget, times + 1)).toBeGreaterThanOrEqual(wait);
      }),
    );
  });

  test("of a sign-in is a quarter of an hour, then twice as long each time, up to four hours", () => {
    const minutes = [1, 2, 3, 4, 5, 6, 99].map((times) => waitAfter(BUDGETS.signIn, times) / 60);
    expect(minutes).toEqual([15, 30, 60, 120, 240, 240, 240]);
  });

  test("lets somebody who never gives up guess at most fifty passwords of one account in a day", () => {
    let [second, guesses, times] = [0, 0, 0];
    while (second < 24 * 60 * 60) {
      guesses += BUDGETS.signIn.points;
      times += 1;
      second += waitAfter(BUDGETS.signIn, times);
    }
    expect(guesses).toBeLessThanOrEqual(50);
  });
});

describe("the table of budgets", () => {
  test("has a name for each that no other has, nor ends like what is kept beside it", () => {
    const names = Object.values(BUDGETS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[a-z]+(?:-(?!times)[a-z]+)*$/);
  });

  test("lets nobody make an account's owner wait longer and longer who has no more than its name", () => {
    for (const path of [
      "/sign-in/email",
      "/sign-in/username",
      "/sign-in/email-otp",
      "/request-password-reset",
    ]) {
      const plan = planFor("POST", `/api/auth${path}`);
      const wide = plan?.charges.filter(({ per }) => per === "account") ?? [];
      expect(wide.length, path).toBeGreaterThan(0);
      for (const { budget } of wide) expect(BUDGETS[budget]).not.toHaveProperty("growth");
      expect(
        plan?.known?.map(({ per }) => per),
        path,
      ).toEqual(["device"]);
    }
  });

  test("can be enlarged, and stays the same otherwise", () => {
    const wide = enlarged(BUDGETS, 1_000);
    expect(wide.signIn).toEqual({ ...BUDGETS.signIn, points: 5_000 });
    expect(Object.keys(wide)).toEqual(Object.keys(BUDGETS));
  });
});

describe("a counter in memory", () => {
  test("never lets a key have more than its points within a window, whatever others do", () => {
    const arrivals = fc.array(
      fc.record({ key: fc.constantFrom("a", "b", "c"), after: fc.integer({ min: 0, max: 400 }) }),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(arrivals, fc.integer({ min: 1, max: 10 }), (requests, points) => {
        const counter = createCounter({ name: "b", points, window: 1 });
        const allowed = new Map<string, number>();
        let now = 1_000_000;
        let end = 0;
        for (const { key, after } of requests) {
          now += after;
          if (now >= end) {
            allowed.clear();
            end = now + 1_000;
          }
          const { used, remaining, reset } = counter.add(key, now);
          if (used <= points) allowed.set(key, (allowed.get(key) ?? 0) + 1);
          expect(allowed.get(key)).toBeLessThanOrEqual(points);
          expect(remaining).toBe(Math.max(0, points - used));
          expect(reset).toBe(1);
        }
      }),
    );
  });

  test("keeps no more keys than it may, and forgets the oldest", () => {
    const counter = createCounter({ name: "b", points: 9, window: 60 }, 2);
    for (const key of ["a", "a", "b", "c"]) counter.add(key, 0);
    expect(["c", "b", "a"].map((key) => counter.add(key, 1).used)).toEqual([2, 2, 1]);
  });

  test("does not wait for a time that has gone when the clock is set back", () => {
    const counter = createCounter({ name: "b", points: 1, window: 60 });
    counter.add("a", 1_000_000_000);
    expect(counter.add("a", 1_000).used).toBe(1);
  });
});

describe("the network of an address", () => {
  const hextet = fc.integer({ min: 0, max: 0xffff });
  const globalPrefix = fc.tuple(fc.integer({ min: 0x2400, max: 0x3fff }), hextet, hextet, hextet);
  const host = fc.tuple(hextet, hextet, hextet, hextet);
  const written = (parts: readonly number[]) => parts.map((part) => part.toString(16)).join(":");

  test("is one for all addresses of a /64, and another for the next /64", () => {
    fc.assert(
      fc.property(globalPrefix, host, host, ([a, b, c, d], one, other) => {
        const network = networkOf(written([a, b, c, d, ...one]));
        expect(networkOf(written([a, b, c, d, ...other]))).toBe(network);
        expect(networkOf(written([a, b, c, d ^ 1, ...one]))).not.toBe(network);
      }),
    );
  });

  test("is the address itself for IPv4, in whatever IPv6 clothes it comes", () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        expect(networkOf(address)).toBe(address);
        for (const prefix of ["::ffff:", "64:ff9b::"]) expect(networkOf(prefix + address)).toBe(address);
      }),
    );
    expect(networkOf("2002:cb00:7107:1234::1")).toBe("203.0.113.7");
  });

  test("is one and the same for everything that is no address", () => {
    expect(["", "nonsense", "<script>"].map(networkOf)).toEqual(["unknown", "unknown", "unknown"]);
    expect(networkOf("fe80::1%eth0")).toBe("fe80::/64");
  });
});

describe("a path", () => {
  test.each([
    "/api/auth/sign-in/email",
    "/api/auth/sign-in/email/",
    "/api/auth//sign-in//email",
    "/api/auth/Sign-In/EMAIL",
  ])("spelled %s is charged like a sign-in", (path) => {
    expect(planFor("POST", path)).toBe(planFor("POST", "/api/auth/sign-in/email"));
    expect(planFor("GET", path)).toBeUndefined();
  });
});

describe("the fields of an answer", () => {
  test("are lists of structured items: the policy, and what is left of it", () => {
    const budget = BUDGETS.signIn;
    const standing = { budget, remaining: 4, reset: 897 };
    expect(policyField([budget, BUDGETS.mail])).toBe('"sign-in";q=5;w=900, "mail";q=5;w=3600');
    expect(standingField([standing])).toBe('"sign-in";r=4;t=897');
  });

  test("say a wait in words that never promise too early an end", () => {
    expect([1, 59, 91, 900, 5_401, 14_400].map(inWords)).toEqual([
      "1 second",
      "59 seconds",
      "2 minutes",
      "15 minutes",
      "2 hours",
      "4 hours",
    ]);
  });
});
