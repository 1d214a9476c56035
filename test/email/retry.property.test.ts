/** When mail is tried again, for any attempt there can be. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { type FailedAttempt, isOfUse, pauseAfter } from "../../src/email/retry.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const attempt = fc.record<FailedAttempt>({
  attempts: fc.integer({ min: 1, max: 1_000 }),
  age: fc.integer({ min: 0, max: 48 * HOUR }),
  lifetime: fc.integer({ min: MINUTE, max: 96 * HOUR }),
  permanent: fc.boolean(),
  jitter: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("a pause is a minute to four hours, and ends while the mail is still of use", () => {
  fc.assert(
    fc.property(attempt, (failed) => {
      const pause = pauseAfter(failed);
      if (pause === undefined) return;
      expect(pause).toBeGreaterThanOrEqual(MINUTE);
      expect(pause).toBeLessThanOrEqual(4 * HOUR);
      expect(isOfUse(failed.age + pause - 1, failed.lifetime)).toBe(true);
    }),
  );
});

test("what is refused for good is not tried again", () => {
  fc.assert(fc.property(attempt, (failed) => pauseAfter({ ...failed, permanent: true }) === undefined));
});

test("pauses never become shorter from one attempt to the next", () => {
  fc.assert(
    fc.property(attempt, (failed) => {
      const first = pauseAfter({ ...failed, age: 0, lifetime: 96 * HOUR, permanent: false });
      const second = pauseAfter({
        ...failed,
        attempts: failed.attempts + 1,
        age: 0,
        lifetime: 96 * HOUR,
        permanent: false,
      });
      expect(second).toBeGreaterThanOrEqual(first ?? Number.POSITIVE_INFINITY);
    }),
  );
});

test("a mail that always fails is given up within a day, after a dozen attempts or so", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (jitter) => {
      let age = 0;
      let attempts = 1;
      for (;;) {
        const pause = pauseAfter({ attempts, age, lifetime: 96 * HOUR, permanent: false, jitter });
        if (pause === undefined) break;
        age += pause;
        attempts++;
      }
      expect(age).toBeLessThan(24 * HOUR);
      expect(age).toBeGreaterThan(19 * HOUR);
      expect(attempts).toBeGreaterThan(10);
      expect(attempts).toBeLessThan(16);
    }),
  );
});

test("a code that is dead after five minutes is not sent after them", () => {
  const failed = { lifetime: 5 * MINUTE, permanent: false, jitter: 0 };
  expect(pauseAfter({ ...failed, attempts: 1, age: 0 })).toBe(MINUTE);
  expect(pauseAfter({ ...failed, attempts: 2, age: MINUTE })).toBe(2 * MINUTE);
  expect(pauseAfter({ ...failed, attempts: 3, age: 3 * MINUTE })).toBeUndefined();
});
