// The wait for the end of a token: never early, even where no timer is long enough, and nothing that is kept alive.
import { afterEach, expect, test, vi } from "vitest";
import { whenExpired } from "../src/expiry.ts";

const DAY = 86_400_000;
const inMilliseconds = (ms: number): { expiresAt: Date } => ({ expiresAt: new Date(Date.now() + ms) });

afterEach(() => vi.useRealTimers());

test("the callback comes once, at the end and not before", () => {
  vi.useFakeTimers();
  const callback = vi.fn();
  whenExpired(inMilliseconds(1500), callback);
  vi.advanceTimersByTime(1499);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(5000);
  expect(callback).toHaveBeenCalledTimes(1);
});

test("a token that lives longer than a timer can wait is waited for all the same", () => {
  vi.useFakeTimers();
  const callback = vi.fn();
  whenExpired(inMilliseconds(60 * DAY), callback);
  vi.advanceTimersByTime(59 * DAY);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(DAY);
  expect(callback).toHaveBeenCalledTimes(1);
});

test("a token that has expired already is called back for, but not before there is an answer", () => {
  vi.useFakeTimers();
  const callback = vi.fn();
  whenExpired(inMilliseconds(-3000), callback);
  expect(callback).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(callback).toHaveBeenCalledTimes(1);
});

test("what was called off does not come, and leaves no timer", () => {
  vi.useFakeTimers();
  const callback = vi.fn();
  whenExpired(inMilliseconds(1000), callback)();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(2000);
  expect(callback).not.toHaveBeenCalled();
});
