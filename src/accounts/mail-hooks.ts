/**
 * What Better Auth has mailed, and when: its own hooks, its plugins for links and codes, and the notices it does not
 * know of. It says what happened and to whom; `email/` says what that reads like and sends it.
 */
import type { BetterAuthOptions, BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, createEmailVerificationToken, isAPIError } from "better-auth/api";
import { emailOTP } from "better-auth/plugins/email-otp";
import { magicLink } from "better-auth/plugins/magic-link";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import type { Mailer } from "../email/mailer.ts";
import type { Logger } from "../logger.ts";
import { LIFETIME } from "../mail-kinds.ts";
import type { VersionedSecrets } from "../secrets.ts";
import { CONFIRM_AT_OLD, readChangeOfEmail } from "./change-of-email.ts";
import { mailNotices } from "./mail-notices.ts";
import { claimOnce } from "./once.ts";
import { waysIn } from "./ways-in.ts";

export interface MailHooksParts {
  readonly db: Database;
  readonly mailer: Mailer;
  /** The first signs what a link carries. */
  readonly secrets: VersionedSecrets;
  readonly logger: Logger;
}

export interface MailHooks {
  readonly emailVerification: NonNullable<BetterAuthOptions["emailVerification"]>;
  readonly passwordReset: Pick<
    NonNullable<BetterAuthOptions["emailAndPassword"]>,
    "sendResetPassword" | "onPasswordReset" | "resetPasswordTokenExpiresIn"
  >;
  readonly changeEmail: NonNullable<NonNullable<BetterAuthOptions["user"]>["changeEmail"]>;
  readonly plugins: readonly BetterAuthPlugin[];
}

/**
 * Codes sign in and confirm addresses. For the rest there are links, which nobody can guess; and a code is checked
 * where it is used, not beforehand.
 */
export const DISABLED_MAIL_PATHS = [
  "/email-otp/check-verification-otp",
  "/email-otp/request-password-reset",
  "/email-otp/reset-password",
  "/forget-password/email-otp",
  "/email-otp/request-email-change",
  "/email-otp/change-email",
];

export function mailHooks({ db, mailer, secrets, logger }: MailHooksParts): MailHooks {
  const notices = mailNotices({ db, mailer, logger });
  const ways = waysIn(db);

  return {
    emailVerification: {
      sendOnSignUp: true,
      expiresIn: LIFETIME.verification / 1000,
      async sendVerificationEmail({ user, url, token }, request) {
        const change = readChangeOfEmail(token);
        // Better Auth would ask the new address alone where the old one was never confirmed: whoever holds a session
        // could take the account away. So the old one is asked first here too.
        if (change?.step === "new address" && request !== undefined && isChangeRequest(request)) {
          const { userId, from, to } = change;
          const first = await createEmailVerificationToken(
            secrets[0].value,
            from,
            to,
            LIFETIME["change-email"] / 1000,
            { requestType: CONFIRM_AT_OLD, userId },
          );
          await mailer.queue("change-email", from, { url: withToken(url, first), newEmail: to });
          return;
        }
        if (change !== undefined && request !== undefined && !(await isFirstUse(db, request))) return;
        await mailer.queue("verification", user.email, { url });
      },
    },
    passwordReset: {
      resetPasswordTokenExpiresIn: LIFETIME["reset-password"] / 1000,
      sendResetPassword: ({ user, url }) => mailer.queue("reset-password", user.email, { url }),
      async onPasswordReset({ user }) {
        await ways.passwordReset(user);
        await notices.passwordChanged(user.email);
      },
    },
    changeEmail: {
      enabled: true,
      sendChangeEmailConfirmation: ({ user, newEmail, url }) =>
        mailer.queue("change-email", user.email, { url, newEmail }),
    },
    plugins: [
      linksByMail(mailer),
      codesByMail(mailer),
      oneAnswerForWrongCodes(),
      noAddressTwice(),
      ways.plugin,
      notices.plugin,
    ],
  };
}

/** A link signs in who has an account. Who has none gets one only by giving a name: that is what signing up is. */
const linksByMail = (mailer: Mailer): BetterAuthPlugin =>
  magicLink({
    expiresIn: LIFETIME["magic-link"] / 1000,
    storeToken: "hashed",
    async sendMagicLink({ email, url }, ctx) {
      const isSignUp = nameGiven.safeParse(ctx?.body).success;
      if (!isSignUp && !(await ctx?.context.internalAdapter.findUserByEmail(email))) return;
      await mailer.queue("magic-link", email, { url });
    },
  });

const nameGiven = z.object({ name: z.string().trim().min(1) });

const codesByMail = (mailer: Mailer): BetterAuthPlugin =>
  emailOTP({
    otpLength: 6,
    expiresIn: LIFETIME["one-time-code"] / 1000,
    allowedAttempts: 3,
    storeOTP: "hashed",
    disableSignUp: true,
    async sendVerificationOTP({ email, otp, type }) {
      if (type !== "sign-in" && type !== "email-verification") return;
      const purpose = type === "sign-in" ? "sign-in" : "verification";
      await mailer.queue("one-time-code", email, { code: otp, purpose });
    },
  });

const CHECKS_A_CODE: ReadonlySet<string> = new Set(["/sign-in/email-otp", "/email-otp/verify-email"]);
const WRONG_CODE: ReadonlySet<unknown> = new Set(["INVALID_OTP", "OTP_EXPIRED", "TOO_MANY_ATTEMPTS"]);

/** Only an address that has an account has a code to be too old or tried too often: so neither is said. */
const oneAnswerForWrongCodes = (): BetterAuthPlugin => ({
  id: "keyturn-one-answer-for-wrong-codes",
  hooks: {
    after: [
      {
        matcher: ({ path }) => path !== undefined && CHECKS_A_CODE.has(path),
        // A whole answer: of an error put in the place of another, the status would still be the other's.
        handler: createAuthMiddleware(async ({ context: { returned } }) =>
          isAPIError(returned) && WRONG_CODE.has(returned.body?.code)
            ? Response.json(REFUSED_CODE, { status: 400 })
            : undefined,
        ),
      },
    ],
  },
});

const REFUSED_CODE = {
  code: "INVALID_OTP",
  message: "The code is wrong, too old, or was used or tried too often; ask for a new one.",
};

/**
 * Somebody may have signed up with the new address since it was asked for. The link is then as good as any wrong one;
 * Better Auth would run into the unique index.
 */
const noAddressTwice = (): BetterAuthPlugin => ({
  id: "keyturn-no-address-twice",
  hooks: {
    before: [
      {
        matcher: ({ path }) => path === "/verify-email",
        handler: createAuthMiddleware(async ({ query, context: { internalAdapter } }) => {
          const change = readChangeOfEmail(tokenIn.safeParse(query).data?.token ?? "");
          if (change === undefined || !(await internalAdapter.findUserByEmail(change.to))) return undefined;
          return { context: { query: { ...query, token: "taken" } } };
        }),
      },
    ],
  },
});

const tokenIn = z.object({ token: z.string() });

/** The link at the old address can be opened again and again; whoever reads the new one gets one mail for it. */
const isFirstUse = (db: Database, { url }: Request): Promise<boolean> => {
  const [, claims = ""] = (new URL(url).searchParams.get("token") ?? "").split(".");
  return claimOnce(db, `change of address ${claims}`, LIFETIME["change-email"]);
};

const isChangeRequest = ({ url }: Request): boolean => new URL(url).pathname.endsWith("/change-email");

function withToken(url: string, token: string): string {
  const changed = new URL(url);
  changed.searchParams.set("token", token);
  return changed.href;
}
