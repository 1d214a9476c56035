/** What keeps a ring fresh: one run at a time, again when woken, and an end. */
import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { startHeartbeat } from "../../src/keys/heartbeat.ts";

const HOUR = 3_600_000;

/** Runs that end when told to, and how many of them there are. */
function createRuns({ pause = HOUR } = {}) {
  const open: PromiseWithResolvers<void>[] = [];
  let begun = 0;
  let most = 0;
  const heartbeat = startHeartbeat({
    pause: () => pause,
    async run() {
      begun += 1;
      const end = Promise.withResolvers<void>();
      open.push(end);
      most = Math.max(most, open.length);
      await end.promise;
    },
  });
  return {
    heartbeat,
    begun: () => begun,
    most: () => most,
    async endOne() {
      open.shift()?.resolve();
      await turnOfTheLoop();
    },
  };
}

/** Whether it has resolved by now. */
async function isDone(promise: Promise<void>): Promise<boolean> {
  let done = false;
  void promise.then(() => (done = true));
  await turnOfTheLoop();
  return done;
}

describe("a heartbeat", () => {
  test("runs by itself, one after the other, whenever the pause is over", async () => {
    let [under, most, begun] = [0, 0, 0];
    const pause = vi.fn(() => 1);
    const heartbeat = startHeartbeat({
      pause,
      async run() {
        begun += 1;
        under += 1;
        most = Math.max(most, under);
        await turnOfTheLoop();
        under -= 1;
      },
    });
    await vi.waitFor(() => expect(begun).toBeGreaterThan(5), { interval: 5 });
    await heartbeat.stop();
    expect(most).toBe(1);
    expect(pause.mock.calls.length).toBeGreaterThanOrEqual(begun);
  });

  test("woken runs at once, long before the pause is over", async () => {
    const { heartbeat, begun, endOne } = createRuns();
    const woken = heartbeat.wake();
    expect(begun()).toBe(1);
    expect(await isDone(woken)).toBe(false);
    await endOne();
    expect(await isDone(woken)).toBe(true);
    await heartbeat.stop();
  });

  test("woken during a run runs once more, never twice at once, and tells those who woke it after that", async () => {
    const { heartbeat, begun, most, endOne } = createRuns();
    const first = heartbeat.wake();
    const during = Promise.all([1, 2, 3].map(() => heartbeat.wake())).then(() => undefined);
    await endOne();
    expect(begun()).toBe(2);
    expect(await isDone(during)).toBe(false);
    await endOne();
    expect(await isDone(Promise.all([first, during]).then(() => undefined))).toBe(true);
    expect({ begun: begun(), most: most() }).toEqual({ begun: 2, most: 1 });
    await heartbeat.stop();
  });

  test("stopped waits for the run under way, begins no other, and wakes for nobody", async () => {
    const { heartbeat, begun, endOne } = createRuns();
    const woken = heartbeat.wake();
    const again = heartbeat.wake();
    const stopped = heartbeat.stop();
    expect(await isDone(stopped)).toBe(false);
    await endOne();
    expect(await isDone(Promise.all([stopped, woken, again]).then(() => undefined))).toBe(true);
    await heartbeat.wake();
    expect(begun()).toBe(1);
  });

  test("stopped while it pauses ends at once, without a last run", async () => {
    const { heartbeat, begun } = createRuns();
    expect(await isDone(heartbeat.stop())).toBe(true);
    expect(begun()).toBe(0);
  });
});
