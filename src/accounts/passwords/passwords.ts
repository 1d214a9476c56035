/** Passwords, assembled: how they are hashed, what they may be, and how hashes from elsewhere become ours. */
import { and, eq, isNotNull, notLike } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { account } from "../../db/schema/accounts.ts";
import { AppError } from "../../errors.ts";
import type { Logger } from "../../logger.ts";
import { type Admission, createAdmission } from "./admission.ts";
import { createBreachCheck } from "./breach.ts";
import { createPasswordHasher, HASHING_THREADS, OUR_HASHES_LIKE, type PasswordHasher } from "./hasher.ts";
import { createSignInPacing, type SignInPacing } from "./pacing.ts";
import type { Person } from "./personal.ts";
import { createPasswordPolicy, type PasswordPolicy } from "./policy.ts";
import { createReplaceHash } from "./replace-hash.ts";

export interface Passwords {
  readonly hasher: PasswordHasher;
  /** The hash of a new password; an `AppError` when the policy refuses it. For those who set one without the engine. */
  hashNew(password: string, person?: Person): Promise<string>;
  readonly policy: PasswordPolicy;
  readonly pacing: SignInPacing;
  /** To the line of those who need a password hashed. */
  readonly admission: Admission;
}

export interface PasswordsParts {
  readonly db: Database;
  readonly issuer: string;
  readonly breachCheckUrl: string | undefined;
  readonly logger: Logger;
}

export function createPasswords({ db, issuer, breachCheckUrl, logger }: PasswordsParts): Passwords {
  const pacing = createSignInPacing();
  expectWhatIsThere(db, pacing).catch((error: unknown) =>
    logger.warn({ err: error }, "whether there are imported password hashes is not known"),
  );
  const admission = createAdmission(HASHING_THREADS);
  const { hash, verify } = createPasswordHasher({
    onOutdated: createReplaceHash(db, logger),
    onForeign: pacing.sawForeign,
  });
  const hasher: PasswordHasher = {
    hash: (password) => hash(password).finally(admission.hashed),
    verify: (input) => verify(input).finally(admission.hashed),
  };
  const isBreached = createBreachCheck({ url: breachCheckUrl, logger });
  const policy = createPasswordPolicy({ issuer, isBreached });
  return {
    hasher,
    policy,
    pacing,
    admission,
    async hashNew(password, person = {}) {
      const refusal = await policy.refusal(password, person);
      if (refusal === undefined) return hasher.hash(password);
      const fields = [{ field: "password", detail: refusal }];
      throw new AppError("password_too_common", refusal, { fields });
    },
  };
}

/** What is imported later shows with the first of its sign-ins. */
async function expectWhatIsThere(db: Database, pacing: SignInPacing): Promise<void> {
  const [found] = await db
    .select({ id: account.id })
    .from(account)
    .where(
      and(
        eq(account.providerId, "credential"),
        isNotNull(account.password),
        notLike(account.password, OUR_HASHES_LIKE),
      ),
    )
    .limit(1);
  if (found !== undefined) pacing.expectForeign();
}
