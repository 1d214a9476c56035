/**
 * A code of an authenticator signs in once (RFC 6238 §5.2): Better Auth would take it again for as long as it is shown and
 * a while after, from whoever has read it along.
 */
import { createHash } from "node:crypto";
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import { eq, lt, sql } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { verification } from "../db/schema/accounts.ts";

/** Longer than any code is taken. */
const REMEMBERED = sql`now() + interval '3 minutes'`;

const withCode = z.object({ code: z.string() });

/** A code is claimed before it is checked, so that of twenty at once one is; and given back when it was wrong. */
export function codesOnce(db: Database): BetterAuthPlugin {
  const claims = new WeakMap<Request, string>();
  const matcher = ({ path }: { path?: string }) => path === "/two-factor/verify-totp";
  return {
    id: "keyturn-codes-once",
    hooks: {
      before: [
        {
          matcher,
          handler: createAuthMiddleware(async ({ request, body, context, getSignedCookie }) => {
            const { data } = withCode.safeParse(body);
            const cookie = context.createAuthCookie("two_factor").name;
            const challenge = await getSignedCookie(cookie, context.secret);
            if (data === undefined || !challenge || request === undefined) return;
            const asked = await context.internalAdapter.findVerificationValue(challenge);
            if (!asked) return;
            const claim = claimOf(asked.value, data.code);
            if (!(await take(db, claim))) throw new APIError("UNAUTHORIZED", REFUSED);
            claims.set(request, claim);
          }),
        },
      ],
      after: [
        {
          matcher,
          handler: createAuthMiddleware(async ({ request, context: { returned } }) => {
            const claim = request && claims.get(request);
            if (claim === undefined || !isAPIError(returned)) return;
            await db.delete(verification).where(eq(verification.id, claim));
          }),
        },
      ],
    },
  };
}

/** As Better Auth says it of a wrong one. */
const REFUSED = { code: "INVALID_CODE", message: "Invalid code" };

const claimOf = (userId: string, code: string): string =>
  `used-code-${createHash("sha256").update(`${userId} ${code}`).digest("base64url")}`;

/** False when it is somebody's already. */
async function take(db: Database, claim: string): Promise<boolean> {
  const taken = await db
    .insert(verification)
    .values({ id: claim, identifier: claim, value: "", expiresAt: REMEMBERED })
    .onConflictDoUpdate({
      target: verification.id,
      set: { expiresAt: REMEMBERED },
      setWhere: lt(verification.expiresAt, sql`now()`),
    })
    .returning({ id: verification.id });
  return taken.length === 1;
}
