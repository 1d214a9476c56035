// When a signature counts as holding up others: many callers in one turn of the event loop, and never one who waits for
// each answer.
import { setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, expect, test } from "vitest";
import { holdsUpOthers } from "../src/platform/node-turn.ts";

/** As long as checking a few signatures. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Asks, then works. */
function ask(milliseconds = 0.25): boolean {
  const answer = holdsUpOthers();
  work(milliseconds);
  return answer;
}

async function loop(times: number): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (let i = 0; i < times; i++) {
    answers.push(ask());
    await Promise.resolve();
  }
  return answers;
}

/** In callbacks of the event loop, as from as many sockets, all in one turn. */
const fromCallbacks = (callers: number): Promise<boolean[]> =>
  Promise.all(
    Array.from(
      { length: callers },
      () => new Promise<boolean>((resolve) => setImmediate(() => resolve(ask()))),
    ),
  );

beforeEach(() => nextTurn());

test("the first signature of a turn holds up nobody", () => {
  expect(ask()).toBe(false);
});

test("a loop that awaits one after the other holds up nobody, however long it takes", async () => {
  expect(await loop(60)).not.toContain(true);
});

test("nor does one that begins in a callback of the event loop", async () => {
  const answers = await new Promise((resolve) => setImmediate(() => resolve(loop(60))));
  expect(answers).not.toContain(true);
});

test("of twenty callbacks in one turn the later ones hold up others", async () => {
  const answers = await fromCallbacks(20);
  expect(answers[0]).toBe(false);
  expect(answers.slice(10)).toEqual(Array(10).fill(true));
});

test("callbacks that take no time hold up nobody", async () => {
  const quick = Array.from({ length: 5 }, () => ask(0));
  expect(quick).not.toContain(true);
});

test("of many asked for in one go the later ones hold up others", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, async () => ask()));
  expect(answers[0]).toBe(false);
  expect(answers.slice(10)).toEqual(Array(10).fill(true));
});

test("the next turn starts afresh", async () => {
  expect(await fromCallbacks(20)).toContain(true);
  await nextTurn();
  expect(ask()).toBe(false);
  await nextTurn();
  expect(await loop(20)).not.toContain(true);
});
