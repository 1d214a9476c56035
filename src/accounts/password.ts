/**
 * Password hashing: Argon2id with OWASP's parameters, a bounded number at once, so that a storm of sign-ins can
 * neither take every core from token traffic nor pile up without end.
 */
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { AppError } from "../errors.ts";

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. About 15 ms of one core. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** About 15 s of work on one core; whoever comes later is better told to come back. */
const MAX_WAITING = 1_000;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a hash of a kind it does not know. */
  verify(input: { password: string; hash: string }): Promise<boolean>;
}

/** One core stays free for everything else. */
export function createPasswordHasher(concurrency = Math.max(1, availableParallelism() - 1)): PasswordHasher {
  const limit = pLimit(concurrency);

  const admit = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount < MAX_WAITING) return limit(work);
    throw new AppError("too_busy", "Too many people are signing in right now; try again shortly.", {
      retryAfter: 10,
    });
  };

  return {
    hash: async (password) => admit(() => hash(password, ARGON2ID)),
    verify: async ({ password, hash: stored }) =>
      stored.startsWith("$argon2id$") && admit(() => verify(stored, password)),
  };
}
