// What holds while the issuer is away: who is served by the keys at hand, for how long, and how often it is asked.
import { describe, expect, test, vi } from "vitest";
import { exp, HOUR, MINUTE, pass, stopTheClock, stopTheTimers, trackVerifiers } from "./support/clock.ts";
import { type Issuer, makeKey, startIssuer, until } from "./support/issuer.ts";
import { codeOf } from "./support/refusal.ts";

const verifierFor = trackVerifiers();
const away = (issuer: Issuer): void => {
  issuer.instead = (response) => void response.writeHead(500).end();
};

describe("in an outage", () => {
  test("the keys at hand serve for 24 hours, and not longer", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    const start = Date.now();
    away(issuer);
    for (const hours of [1, 12, 23.9]) {
      vi.setSystemTime(start + hours * HOUR);
      expect((await verifier.verify(token)).userId).toBe("user_1");
    }
    vi.setSystemTime(start + 24.1 * HOUR);
    expect(await codeOf(() => verifier.verify(token))).toBe("keys_unavailable");
  });

  test("of an hour the issuer is asked ever more rarely, at most twenty times, and everybody is served", async () => {
    stopTheTimers();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    away(issuer);
    const start = Date.now();
    for (let fetches = 2; ; fetches++) {
      await vi.advanceTimersToNextTimerAsync();
      if (Date.now() > start + HOUR) break;
      await until(() => issuer.fetches === fetches);
      expect((await verifier.verify(token)).userId).toBe("user_1");
      expect(verifier.verifySync(token).userId).toBe("user_1");
      await until(() => vi.getTimerCount() === 1);
    }
    expect(issuer.fetches - 1).toBeGreaterThanOrEqual(10);
    expect(issuer.fetches - 1).toBeLessThanOrEqual(20);
  });

  test("a short max-age makes nobody wait for an issuer that is slow", async () => {
    stopTheTimers();
    await using issuer = await startIssuer();
    issuer.headers = { "cache-control": "max-age=10" };
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    issuer.instead = () => {};
    await vi.advanceTimersToNextTimerAsync();
    await until(() => issuer.fetches === 2);
    pass(4000);
    expect((await verifier.verify(token)).userId).toBe("user_1");
    expect(verifier.verifySync(token).userId).toBe("user_1");
  });

  test("a hanging issuer holds up nobody whose key is at hand", async () => {
    stopTheTimers();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    issuer.instead = () => {};
    await vi.advanceTimersToNextTimerAsync();
    await until(() => issuer.fetches === 2);
    expect((await verifier.verify(token)).userId).toBe("user_1");
    const start = Date.now();
    for (let fetches = 3; Date.now() < start + 5 * MINUTE; fetches++) {
      await vi.advanceTimersByTimeAsync(5001);
      await vi.advanceTimersToNextTimerAsync();
      await until(() => issuer.fetches === fetches);
    }
    expect((await verifier.verify(token)).userId).toBe("user_1");
    expect(verifier.verifySync(token).userId).toBe("user_1");
  });

  test("that was there before a long sleep need not be there after it", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    away(issuer);
    pass(10 * MINUTE);
    expect((await verifier.verify(token)).userId).toBe("user_1");
    issuer.instead = undefined;
    issuer.published = [(await makeKey()).jwk];
    pass(5 * HOUR);
    expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown");
  });

  test("of a cold start, the next try comes within a second or so of the issuer's return", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    away(issuer);
    const token = await issuer.token();
    expect(await codeOf(() => verifier.verify(token))).toBe("keys_unavailable");
    expect(await codeOf(() => verifier.verify(token))).toBe("keys_unavailable");
    expect(issuer.fetches).toBe(1);
    issuer.instead = undefined;
    const back = performance.now();
    await vi.waitFor(() => verifier.verify(token), { timeout: 3000, interval: 20 });
    expect(performance.now() - back).toBeLessThan(1500);
  });
});
