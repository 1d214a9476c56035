/**
 * Whose second factor is asked for: Better Auth keeps the challenge of its two-factor cookie as a verification whose
 * value is the user id, under a hash of the cookie's value. One statement, asked before the engine is.
 */
import { createHash } from "node:crypto";
import type { Database } from "../db/database.ts";
import { withinDeadline } from "../db/deadline.ts";

/** The user's id; undefined when there is no such challenge. */
export type ChallengedAccount = (challenge: string) => Promise<string | undefined>;

export const createChallengedAccount =
  ({ $client: sql }: Pick<Database, "$client">): ChallengedAccount =>
  async (challenge) => {
    const identifier = createHash("sha256").update(challenge).digest("base64url");
    const [row] = await withinDeadline(sql<{ value: string }[]>`
      select value from verification where identifier = ${identifier} and expires_at > now()`);
    return row?.value;
  };
