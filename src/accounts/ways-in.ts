/**
 * Ways into an account that must not outlive what they came from: what strangers made before its owner showed that the
 * address is theirs, and links, challenges and trusted devices of a password or an address that is another one now.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";
import { and, eq, ne } from "drizzle-orm";
import { z } from "zod";
import type { Database, Transaction } from "../db/database.ts";
import { account, user } from "../db/schema/accounts.ts";
import { apikey } from "../db/schema/api-key.ts";
import { passkey } from "../db/schema/factors.ts";
import { readChangeOfEmail } from "./change-of-email.ts";
import { forgetBegun } from "./people/sessions.ts";

export interface WaysIn {
  /** After somebody who reads the account's mail has chosen a new password. */
  passwordReset(owner: { readonly id: string; readonly emailVerified: boolean }): Promise<void>;
  readonly plugin: BetterAuthPlugin;
}

/** Where whoever reads the mail of an unconfirmed address is signed in. Better Auth then ends sessions and removes passwords. */
const PROVES_AN_ADDRESS: ReadonlySet<string> = new Set(["/magic-link/verify", "/sign-in/email-otp"]);
const ENDS_WHAT_WAS_BEGUN: ReadonlySet<string> = new Set(["/change-password", "/two-factor/disable"]);

const addressLink = z.object({ token: z.string() });

export function waysIn(db: Database): WaysIn {
  /** Requests that confirm an address; updates of other kinds, such as the end of a ban, may come on the same paths. */
  const proving = new WeakSet<object>();

  return {
    passwordReset: ({ id, emailVerified }) =>
      db.transaction(async (tx) => {
        await forgetBegun(tx, id);
        if (emailVerified) return;
        await removeUnproven(tx, id);
        const others = and(eq(account.userId, id), ne(account.providerId, "credential"));
        await tx.delete(account).where(others);
        await tx.update(user).set({ emailVerified: true }).where(eq(user.id, id));
      }),
    plugin: {
      id: "keyturn-ways-in",
      init: () => ({
        options: {
          databaseHooks: {
            user: {
              update: {
                async before({ emailVerified }, context) {
                  if (context && emailVerified === true && PROVES_AN_ADDRESS.has(context.path))
                    proving.add(context);
                },
                async after(updated, context) {
                  if (context && proving.has(context)) {
                    await db.transaction(async (tx) => {
                      await removeUnproven(tx, updated.id);
                      await forgetBegun(tx, updated.id);
                    });
                  }
                  if (hasMoved(context?.path, context?.query, updated.email))
                    await forgetBegun(db, updated.id);
                },
              },
            },
          },
        },
      }),
      hooks: {
        after: [
          {
            matcher: ({ path }) => ENDS_WHAT_WAS_BEGUN.has(path ?? ""),
            handler: createAuthMiddleware(async ({ context: { returned, session } }) => {
              if (session && !isAPIError(returned)) await forgetBegun(db, session.user.id);
            }),
          },
        ],
      },
    },
  };
}

/** Whether this request is the link that ends a change of address. */
function hasMoved(path: string | undefined, query: unknown, email: string): boolean {
  const change = readChangeOfEmail(addressLink.safeParse(query).data?.token ?? "");
  return path === "/verify-email" && change?.step === "new address" && change.to === email;
}

/** Not the second factor: reading somebody's mail is no way round it, and without the rest it lets nobody in. */
async function removeUnproven(tx: Transaction, userId: string): Promise<void> {
  await tx.delete(passkey).where(eq(passkey.userId, userId));
  await tx.delete(apikey).where(eq(apikey.referenceId, userId));
}
