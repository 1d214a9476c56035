/**
 * A code of an authenticator signs in once (RFC 6238 §5.2): Better Auth would take it again for as long as it is shown and
 * a while after, from whoever has read it along.
 */
import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthMiddleware, isAPIError } from "better-auth/api";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { claimOnce, giveBack } from "./once.ts";

/** Milliseconds: longer than any code is taken. */
const REMEMBERED = 180_000;

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
            const claim = `code ${asked.value} ${data.code}`;
            if (!(await claimOnce(db, claim, REMEMBERED))) throw new APIError("UNAUTHORIZED", REFUSED);
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
            await giveBack(db, claim);
          }),
        },
      ],
    },
  };
}

/** As Better Auth says it of a wrong one. */
const REFUSED = { code: "INVALID_CODE", message: "Invalid code" };
