/**
 * The second factor: TOTP (RFC 6238), backup codes, trusted devices. Better Auth asks for it after a password alone; here
 * it is asked for after every first factor that is not strong by itself: links, codes and providers as well. A passkey
 * is strong.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { twoFactor } from "better-auth/plugins/two-factor";

/** Better Auth's paths that end with somebody signed in by a factor that is not strong. */
const FIRST_FACTORS: ReadonlySet<string> = new Set([
  "/sign-in/email",
  "/sign-in/username",
  "/sign-in/email-otp",
  "/sign-in/social",
  "/magic-link/verify",
  "/verify-email",
  "/callback/:id",
  "/oauth2/callback/:providerId",
]);
/** Those a browser arrives at by following a link, so it cannot be answered in JSON. */
const BY_REDIRECT: ReadonlySet<string> = new Set([
  "/magic-link/verify",
  "/verify-email",
  "/callback/:id",
  "/oauth2/callback/:providerId",
]);

const DAY_SECONDS = 24 * 60 * 60;

/** `page`: where a browser enters its code. */
export function secondFactor(page: string): BetterAuthPlugin[] {
  const plugin = twoFactor({
    issuer: "Keyturn",
    trustDeviceMaxAge: 30 * DAY_SECONDS,
    allowPasswordless: true,
    backupCodeOptions: { storeBackupCodes: "encrypted" },
  });
  const everywhere = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: ({ path }: { path?: string }) => FIRST_FACTORS.has(path ?? ""),
  }));
  return [
    { ...plugin, hooks: { ...plugin.hooks, after: everywhere } },
    {
      id: "second-factor-by-redirect",
      hooks: {
        after: [
          {
            matcher: ({ path }) => BY_REDIRECT.has(path ?? ""),
            handler: createAuthMiddleware(async (context) => {
              const { returned } = context.context;
              if (isChallenge(returned)) throw context.redirect(page);
            }),
          },
        ],
      },
    },
  ];
}

const isChallenge = (returned: unknown): boolean =>
  typeof returned === "object" &&
  returned !== null &&
  "twoFactorRedirect" in returned &&
  returned.twoFactorRedirect === true;
