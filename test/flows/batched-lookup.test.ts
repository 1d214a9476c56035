/** Lookups that travel together: none is lost, none is mixed up, none is answered from before it was asked. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createBatchedLookup } from "../../src/sessions/batched-lookup.ts";

const tick = () => new Promise((resolve) => setImmediate(resolve));

test("lookups of one turn of the event loop become one load, and each gets its own answer", async () => {
  const loads: (readonly string[])[] = [];
  const find = createBatchedLookup(async (keys) => {
    loads.push(keys);
    return new Map(keys.filter((key) => key !== "unknown").map((key) => [key, key.toUpperCase()]));
  });
  expect(await Promise.all(["a", "b", "a", "unknown"].map(find))).toEqual(["A", "B", "A", undefined]);
  expect(loads).toEqual([["a", "b", "unknown"]]);
});

test("a failed load fails its own lookups and no later one", async () => {
  let fails = true;
  const find = createBatchedLookup(async (keys) => {
    if (fails) throw new Error("away");
    return new Map(keys.map((key) => [key, key]));
  });
  await expect(find("a")).rejects.toThrow("away");
  fails = false;
  expect(await find("a")).toBe("a");
});

test("a lookup asked for while its key is under way is loaded again: the answer may have changed", async () => {
  let version = 0;
  const find = createBatchedLookup(async (keys) => {
    const answer = new Map(keys.map((key) => [key, version]));
    await tick();
    return answer;
  });
  const first = find("a");
  await tick();
  version = 1;
  expect(await Promise.all([first, find("a")])).toEqual([0, 1]);
});

test("whatever arrives when, every lookup is answered, by a load that began after it", async () => {
  const pauses = fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), ticks: fc.nat({ max: 3 }) }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(
      pauses,
      fc.array(fc.nat({ max: 4 }), { minLength: 1, maxLength: 5 }),
      async (asks, delays) => {
        let clock = 0;
        let loads = 0;
        const find = createBatchedLookup(async (keys) => {
          const began = ++clock;
          for (let left = delays[loads++ % delays.length] ?? 0; left > 0; left--) await tick();
          return new Map(keys.map((key) => [key, { key, began }]));
        });
        const lookups: {
          key: string;
          asked: number;
          answer: Promise<{ key: string; began: number } | undefined>;
        }[] = [];
        for (const { key, ticks } of asks) {
          for (let left = ticks; left > 0; left--) await tick();
          const asked = ++clock;
          lookups.push({ key, asked, answer: find(key) });
        }
        for (const { key, asked, answer } of lookups) {
          expect(await answer).toEqual({ key, began: expect.any(Number) });
          expect((await answer)?.began).toBeGreaterThan(asked);
        }
      },
    ),
    { numRuns: 200 },
  );
});
