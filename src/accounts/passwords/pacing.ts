/**
 * The time a refused sign-in takes. A wrong password for an imported hash can take twenty times what one of ours takes,
 * and a person that does not exist costs one of ours: whoever measures would learn who was imported. So while there are
 * imported hashes, every refusal takes as long as the slowest of them.
 */
import { setTimeout as sleep } from "node:timers/promises";

export interface SignInPacing {
  /** There are hashes from elsewhere; how slow they are is not known yet. */
  expectForeign(): void;
  /** Checking one took so many milliseconds. */
  sawForeign(took: number): void;
  /** Resolves when a refusal of what began then (`performance.now()`) may leave. */
  hold(began: number): Promise<void>;
}

/** The usual cost elsewhere (bcrypt 12, PBKDF2 of a million), until one has been measured. */
const GUESS_MS = 300;
/** Parameters at their bounds take longer; nobody is kept waiting for all of it. */
const MAX_MS = 2_000;

export function createSignInPacing(): SignInPacing {
  let floor = 0;
  const raise = (ms: number) => {
    floor = Math.min(MAX_MS, Math.max(floor, GUESS_MS, ms));
  };
  return {
    expectForeign: () => raise(GUESS_MS),
    // The rest of a sign-in takes its time as well.
    sawForeign: (took) => raise(took * 1.2 + 30),
    async hold(began) {
      const left = began + floor - performance.now();
      if (left > 0) await sleep(left);
    },
  };
}
