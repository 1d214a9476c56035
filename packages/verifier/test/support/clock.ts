// The one thing that is mocked: time. Sockets stay real, so a test waits for answers and tells the clock the rest.
import { createVerifier, type Verifier } from "@keyturn/verifier";
import { afterEach, vi } from "vitest";
import { AUDIENCE, type Issuer } from "./issuer.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** From here on it is as late as the test says; timers run in real time, and so do answers. */
export const stopTheClock = (): void => void vi.useFakeTimers({ toFake: ["Date"] });
export const pass = (milliseconds: number): void => void vi.setSystemTime(Date.now() + milliseconds);
/** The same, and timers go off when the test says. */
export const stopTheTimers = (): void =>
  void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });

/** An `exp` three days away, for a token that must not be what runs out. */
export const exp = (): number => Math.floor(Date.now() / 1000) + 3 * 86_400;

/** Makes verifiers that are closed, and gives the time back, after each test. */
export function trackVerifiers(): (issuer: Issuer) => Verifier {
  const verifiers: Verifier[] = [];
  afterEach(() => {
    for (const verifier of verifiers.splice(0)) verifier.close();
    vi.useRealTimers();
  });
  return (issuer) => {
    const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
    verifiers.push(verifier);
    return verifier;
  };
}
