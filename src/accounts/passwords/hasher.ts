/**
 * Password hashing: Argon2id with OWASP's parameters for every new hash, a check for each kind that was imported. A
 * bounded number at once, so that a storm of sign-ins can neither take every core from token traffic nor pile up
 * without end.
 */
import { availableParallelism } from "node:os";
import { hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { AppError } from "../../errors.ts";
import { createBcryptThread } from "./bcrypt.ts";
import { readStoredHash } from "./stored-hash.ts";
import { verifyHash } from "./verify.ts";

/** OWASP Password Storage Cheat Sheet: 19 MiB, two passes, one lane. About 15 ms of one core. */
const ARGON2ID = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
const OUR_PREFIX = "$argon2id$v=19$m=19456,t=2,p=1$";

/** The end of it, whoever asks; those who sign in or up are kept to fewer by `admission.ts`, before they get here. */
const MAX_WAITING = 1_000;
/** Hashes from elsewhere may take a quarter of a second each: with so many of them in the queue nobody else joins it. */
const MAX_FOREIGN = 60;

export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** False for a wrong password and for a hash of a kind it does not know. */
  verify(input: { password: string; hash: string }): Promise<boolean>;
}

/** A hash that fits its password and is not as we would make it today. */
export interface OutdatedHash {
  readonly stored: string;
  rehash(): Promise<string>;
}

/** One core stays free for everything else. */
export const HASHING_THREADS = Math.max(1, availableParallelism() - 1);

export interface HasherOptions {
  /** Hashes at once. */
  readonly concurrency?: number;
  /** Called after a right password; not waited for, and never to reject. */
  readonly onOutdated?: (outdated: OutdatedHash) => Promise<void>;
  /** How long checking a hash from elsewhere took, in milliseconds. */
  readonly onForeign?: (took: number) => void;
}

export function createPasswordHasher({
  concurrency = HASHING_THREADS,
  onOutdated,
  onForeign,
}: HasherOptions = {}): PasswordHasher {
  const limit = pLimit(concurrency);
  const bcrypt = createBcryptThread();
  let foreign = 0;

  const admit = <T>(work: () => Promise<T>): Promise<T> => {
    if (limit.pendingCount < MAX_WAITING && foreign <= MAX_FOREIGN) return limit(work);
    throw new AppError("too_busy", "Too many people are signing in right now; try again shortly.", {
      retryAfter: 10,
    });
  };

  const hashPassword = async (password: string) => admit(() => hash(password, ARGON2ID));

  async function verifyForeign(password: string, stored: string): Promise<boolean> {
    const reading = readStoredHash(stored);
    if ("mistake" in reading) {
      // As slow as a wrong password.
      await hashPassword(password);
      return false;
    }
    const answer = admit(async () => {
      const start = performance.now();
      const same = await verifyHash(reading.hash, { password, stored }, bcrypt);
      onForeign?.(performance.now() - start);
      return same;
    });
    foreign++;
    const good = await answer.finally(() => foreign--);
    if (good) void onOutdated?.({ stored, rehash: () => hashPassword(password) });
    return good;
  }

  return {
    hash: hashPassword,
    verify: async ({ password, hash: stored }) =>
      stored.startsWith(OUR_PREFIX) ? admit(() => verify(stored, password)) : verifyForeign(password, stored),
  };
}

/** Whether a stored hash is as we make them today; SQL asks the same with `like`. */
export const OUR_HASHES_LIKE = `${OUR_PREFIX}%`;
