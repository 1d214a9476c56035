/**
 * The second factor: TOTP (RFC 6238), backup codes, trusted devices. Better Auth asks for it after a password alone; here
 * it is asked for after every first factor that is not strong by itself: links, codes and providers as well. A passkey
 * is strong where the authenticator has made sure who holds it.
 */
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware } from "better-auth/api";
import { twoFactor } from "better-auth/plugins/two-factor";
import { and, eq, ne } from "drizzle-orm";
import { encodeQR } from "qr";
import { z } from "zod";
import type { Database } from "../db/database.ts";
import { session } from "../db/schema/accounts.ts";
import { codesOnce } from "./codes-once.ts";

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

const PASSKEY = "/passkey/verify-authentication";

const assertion = z.object({
  response: z.object({ response: z.object({ authenticatorData: z.base64url() }) }),
});

/**
 * Whether the authenticator asked for a PIN, a finger or a face: the flag UV (WebAuthn §6.1). Without it a passkey shows only
 * that somebody has the thing. The signature covers it, so once there is a session it is true.
 */
function hasVerifiedUser(body: unknown): boolean {
  const { data } = assertion.safeParse(body);
  const flags = Buffer.from(data?.response.response.authenticatorData ?? "", "base64url")[32] ?? 0;
  return (flags & 0x04) !== 0;
}

const SHOWS_THE_SECRET: ReadonlySet<string> = new Set(["/two-factor/enable", "/two-factor/get-totp-uri"]);
const withSecret = z.looseObject({ totpURI: z.string() });

/** A QR code as a data URL, for an `<img>`: drawn here, so that nobody hands the secret to a service that draws. */
const pictureOf = (uri: string): string =>
  `data:image/svg+xml;base64,${Buffer.from(encodeQR(uri, "svg", { border: 4 })).toString("base64")}`;

const DAY_SECONDS = 24 * 60 * 60;

interface SecondFactorParts {
  /** Where a browser enters its code; where it was to go from the sign-in is in `?callbackURL=`. */
  readonly page: string;
  /** What the authenticator app shows beside the code. */
  readonly siteName: string;
}

export function secondFactor(db: Database, { page, siteName }: SecondFactorParts): BetterAuthPlugin[] {
  const plugin = twoFactor({
    issuer: siteName,
    trustDeviceMaxAge: 30 * DAY_SECONDS,
    allowPasswordless: true,
    backupCodeOptions: { storeBackupCodes: "encrypted" },
    // Wrong codes are counted by `limits/`, which does not lock the owner's own devices out with everybody else.
    accountLockout: { enabled: false },
  });
  const everywhere = plugin.hooks.after.map((hook) => ({
    ...hook,
    matcher: ({ path = "", body }: { path?: string; body?: unknown }) =>
      FIRST_FACTORS.has(path) || (path === PASSKEY && !hasVerifiedUser(body)),
  }));
  return [
    codesOnce(db),
    { ...plugin, hooks: { ...plugin.hooks, after: everywhere } },
    {
      id: "second-factor-everywhere",
      hooks: {
        after: [
          {
            matcher: ({ path }) => path === "/two-factor/verify-totp",
            handler: createAuthMiddleware(async ({ context: { session: before, newSession } }) => {
              // The first code after enabling it: sessions begun by one factor alone end.
              if (before?.user["twoFactorEnabled"] !== false || !newSession) return;
              const { id, userId } = newSession.session;
              await db.delete(session).where(and(eq(session.userId, userId), ne(session.id, id)));
            }),
          },
          {
            matcher: ({ path }) => SHOWS_THE_SECRET.has(path ?? ""),
            handler: createAuthMiddleware(async (context) => {
              const { data } = withSecret.safeParse(context.context.returned);
              return data && context.json({ ...data, qrCode: pictureOf(data.totpURI) });
            }),
          },
          {
            matcher: ({ path }) => BY_REDIRECT.has(path ?? ""),
            handler: createAuthMiddleware(async (context) => {
              const { returned, responseHeaders } = context.context;
              if (!isChallenge(returned)) return;
              const url = new URL(page);
              const next = responseHeaders?.get("location");
              if (next) url.searchParams.set("callbackURL", next);
              throw context.redirect(url.href);
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
