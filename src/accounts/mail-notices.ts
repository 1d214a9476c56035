/**
 * Mail that tells people what was done with their account: a password or an address changed, a sign-in from somewhere
 * new. A notice that cannot be written down is logged and never fails what it tells of.
 */

import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { eq } from "drizzle-orm";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { user } from "../db/schema/accounts.ts";
import type { Mailer } from "../email/mailer.ts";
import type { Logger } from "../logger.ts";
import { readChangeOfEmail } from "./change-of-email.ts";
import { describeDevice, deviceFingerprint } from "./device.ts";
import { isNewDevice } from "./known-devices.ts";

export interface MailNoticesParts {
  readonly db: Database;
  readonly mailer: Mailer;
  readonly logger: Logger;
}

export interface MailNotices {
  passwordChanged(email: string): Promise<void>;
  /** Sees what Better Auth does. */
  readonly plugin: BetterAuthPlugin;
}

const ownPassword = z.object({ user: z.object({ email: z.string() }) });
const addressLink = z.object({ token: z.string() });

export function mailNotices({ db, mailer, logger }: MailNoticesParts): MailNotices {
  const quietly = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      logger.error({ err: error }, "a notice was not mailed");
    }
  };

  const passwordChanged = (email: string) =>
    quietly(() => mailer.queue("password-changed", email, { at: new Date() }));

  const emailChanged = (path: string | undefined, query: unknown, email: string) =>
    quietly(async () => {
      if (path !== "/verify-email") return;
      const change = readChangeOfEmail(addressLink.safeParse(query).data?.token ?? "");
      if (change?.step !== "new address" || change.to !== email) return;
      await mailer.queue("email-changed", change.from, { newEmail: email });
    });

  const signedIn = ({ userId, userAgent, ipAddress, createdAt }: NewSession) =>
    quietly(async () => {
      const [agent, address] = [userAgent ?? "", ipAddress ?? ""];
      if (!(await isNewDevice(db, userId, deviceFingerprint(agent, address)))) return;
      const email = await emailOf(userId);
      if (email === undefined) return;
      const device = describeDevice(agent);
      await mailer.queue("new-device", email, {
        device,
        address: address || "an unknown address",
        at: createdAt,
      });
    });

  const emailOf = async (userId: string): Promise<string | undefined> => {
    const [found] = await db.select({ email: user.email }).from(user).where(eq(user.id, userId));
    return found?.email;
  };

  return {
    passwordChanged,
    plugin: {
      id: "keyturn-mail-notices",
      init: () => ({
        options: {
          databaseHooks: {
            user: {
              update: { after: (updated, ctx) => emailChanged(ctx?.path, ctx?.query, updated?.email ?? "") },
            },
            session: {
              create: {
                async after(session) {
                  if (!isImpersonated(session)) await signedIn(session);
                },
              },
            },
          },
        },
      }),
      hooks: {
        after: [
          {
            matcher: ({ path }) => path === "/change-password",
            handler: createAuthMiddleware(async ({ context: { returned } }) => {
              const { data } = ownPassword.safeParse(returned);
              if (data !== undefined) await passwordChanged(data.user.email);
            }),
          },
        ],
      },
    },
  };
}

interface NewSession {
  readonly userId: string;
  readonly userAgent?: string | null | undefined;
  readonly ipAddress?: string | null | undefined;
  readonly createdAt: Date;
}

/** An administrator's look at somebody's account is no device of theirs. */
const isImpersonated = (session: object): boolean =>
  "impersonatedBy" in session && typeof session.impersonatedBy === "string";
