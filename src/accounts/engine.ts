/**
 * Better Auth, assembled: people, passwords, sessions. It mints no keys (the jwt plugin is bridged to our ring) and
 * answers no token requests (ours shadow them). The only folder that imports better-auth.
 */
import { randomUUID } from "node:crypto";
import { passkey } from "@better-auth/passkey";
import type { BetterAuthPlugin } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import { admin } from "better-auth/plugins/admin";
import { bearer } from "better-auth/plugins/bearer";
import { multiSession } from "better-auth/plugins/multi-session";
import { username } from "better-auth/plugins/username";
import { z } from "zod";
import { ADMIN_ROLE, DEFAULT_ROLE } from "../access/roles.ts";
import { type Database, schema } from "../db/database.ts";
import type { Mailer } from "../email/mailer.ts";
import type { Logger } from "../logger.ts";
import type { ProjectConfig } from "../project.ts";
import type { VersionedSecrets } from "../secrets.ts";
import { apiKeys } from "./api-keys.ts";
import { auditHooks } from "./audit-hooks.ts";
import { answeringTaken, confirmedFirst } from "./confirmed-first.ts";
import { CLIENT_IP_HEADER } from "./engine-headers.ts";
import { createEngineLog } from "./engine-log.ts";
import { evenAnswers } from "./even-answers.ts";
import { type PromoteFirstAdmin, promoteOnSignUp } from "./first-admin.ts";
import { refuseUnfitInput } from "./fit-input.ts";
import { bridgedJwt, type JwtBridge } from "./jwt-bridge.ts";
import { DISABLED_MAIL_PATHS, mailHooks } from "./mail-hooks.ts";
import { organizations } from "./organizations.ts";
import type { Passwords } from "./passwords/passwords.ts";
import { passwordPlugin } from "./passwords/plugin.ts";
import { MAX_PASSWORD_LENGTH, MIN_PASSWORD_LENGTH } from "./passwords/policy.ts";
import { neverProlongImpersonation } from "./people/impersonating.ts";
import { providersOf } from "./providers.ts";
import { secondFactor } from "./second-factor.ts";

/** Administrators have `/admin` of ours, where each action has its permission and is on record. */
const ADMIN_PATHS = [
  "/admin/set-role",
  "/admin/get-user",
  "/admin/create-user",
  "/admin/update-user",
  "/admin/list-users",
  "/admin/list-user-sessions",
  "/admin/ban-user",
  "/admin/unban-user",
  "/admin/impersonate-user",
  "/admin/stop-impersonating",
  "/admin/revoke-user-session",
  "/admin/revoke-user-sessions",
  "/admin/remove-user",
  "/admin/set-user-password",
];

const DISABLED_PATHS = [...ADMIN_PATHS, ...DISABLED_MAIL_PATHS];

const DAY = 24 * 60 * 60;

/** How long a session lives unless it is used, and with it its cookie; in seconds. */
export const SESSION_SECONDS = 7 * DAY;
/** After this a session in use is prolonged; in seconds. */
export const SESSION_UPDATE_SECONDS = DAY;

export interface EngineParts {
  readonly db: Database;
  readonly issuer: string;
  /** As people know it. */
  readonly siteName: string;
  readonly trustedOrigins: readonly string[];
  readonly secrets: VersionedSecrets;
  readonly passwords: Passwords;
  readonly jwt: JwtBridge;
  readonly mailer: Mailer;
  /** Signing up then begins no session, and its answer is the same for an address that has an account. */
  readonly requireEmailVerification: boolean;
  readonly project: ProjectConfig;
  readonly promoteFirstAdmin: PromoteFirstAdmin;
  readonly logger: Logger;
}

export interface AccountsEngine {
  /** Answers everything below `/api/auth`. Throws what is not an answer: bugs, and our own refusals. */
  handle(request: Request): Promise<Response>;
  /** Whose device it is that was trusted under this identifier; undefined when nobody trusts it any longer. */
  trustedDeviceOwner(identifier: string): Promise<string | undefined>;
  /** What it answers below `/api/auth`, such as `POST /sign-in/email`; for `openapi.yaml`. */
  routes(): readonly string[];
}

export function createAccountsEngine(parts: EngineParts): AccountsEngine {
  const auth = betterAuth(engineOptions(parts));
  return {
    handle: (request) => auth.handler(request),
    async trustedDeviceOwner(identifier) {
      const { internalAdapter } = await auth.$context;
      return (await internalAdapter.findVerificationValue(identifier))?.value;
    },
    routes: () => Object.values(auth.api).flatMap(routesOf),
  };
}

const endpoint = z.object({
  path: z.string(),
  options: z.object({
    method: z.union([z.string(), z.array(z.string())]),
    metadata: z.object({ SERVER_ONLY: z.boolean().optional() }).optional(),
  }),
});

function routesOf(value: unknown): string[] {
  // An endpoint is a function with these two beside it.
  const { data } = endpoint.safeParse({ ...Object(value) });
  if (data === undefined || data.options.metadata?.SERVER_ONLY || DISABLED_PATHS.includes(data.path))
    return [];
  return [data.options.method].flat().map((method) => `${method} ${data.path}`);
}

function engineOptions({
  db,
  issuer,
  siteName,
  trustedOrigins,
  secrets,
  passwords,
  jwt,
  mailer,
  requireEmailVerification,
  project,
  promoteFirstAdmin,
  logger,
}: EngineParts) {
  const providers = providersOf(project);
  const mail = mailHooks({ db, mailer, secrets, logger });
  const adapter = drizzleAdapter(db, { provider: "pg", schema, transaction: true });
  const challengePage = new URL(project.pages?.secondFactor ?? "/two-factor", issuer).href;
  const trail = auditHooks(db, logger, challengePage);
  const onPasswordReset: typeof mail.passwordReset.onPasswordReset = async (reset, request) => {
    trail.overhear(request, { target: reset.user.id });
    await mail.passwordReset.onPasswordReset?.(reset, request);
  };
  const even = evenAnswers();
  // Bearer comes last: it copies the cookie the others set into `set-auth-token`.
  const plugins: BetterAuthPlugin[] = [
    even.first,
    admin({ defaultRole: DEFAULT_ROLE, adminRoles: [ADMIN_ROLE] }),
    bridgedJwt(jwt),
    passwordPlugin(passwords),
    ...mail.plugins,
    ...providers.plugins,
    username(),
    passkey({
      rpName: siteName,
      rpID: project.passkeys?.rpId ?? new URL(issuer).hostname,
      origin: [...trustedOrigins],
    }),
    organizations(mailer, project.pages?.invitation ?? `${issuer}/invitation`),
    ...apiKeys(),
    ...secondFactor(db, { page: challengePage, siteName }),
    // After it: a session that ends where a second factor is asked for is none of the browser's.
    multiSession(),
    trail.plugin,
    even.last,
    bearer({ requireSignature: true }),
  ];
  return {
    appName: siteName,
    baseURL: issuer,
    basePath: "/api/auth",
    secrets: [...secrets],
    trustedOrigins: [...trustedOrigins],
    database: requireEmailVerification ? answeringTaken(adapter) : adapter,
    emailAndPassword: {
      enabled: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: MAX_PASSWORD_LENGTH,
      password: passwords.hasher,
      revokeSessionsOnPasswordReset: true,
      ...(requireEmailVerification && confirmedFirst(mailer)),
      ...mail.passwordReset,
      onPasswordReset,
    },
    emailVerification: { ...mail.emailVerification, sendOnSignIn: requireEmailVerification },
    user: { changeEmail: mail.changeEmail },
    session: {
      expiresIn: SESSION_SECONDS,
      updateAge: SESSION_UPDATE_SECONDS,
      freshAge: DAY,
      cookieCache: { enabled: false },
      additionalFields: { lastSeenAt: { type: "date" as const, required: false, input: false } },
    },
    verification: { storeIdentifier: "hashed" as const },
    account: { encryptOAuthTokens: true, accountLinking: providers.accountLinking },
    socialProviders: providers.socialProviders,
    databaseHooks: {
      user: { create: { after: promoteOnSignUp(promoteFirstAdmin) } },
      session: { update: { before: neverProlongImpersonation } },
    },
    hooks: { before: refuseUnfitInput },
    plugins,
    // Ours stand before it (`http/middleware/limit.ts`); Better Auth's count by path alone.
    rateLimit: { enabled: false },
    disabledPaths: DISABLED_PATHS,
    telemetry: { enabled: false },
    onAPIError: { throw: true, errorURL: `${issuer}/sign-in-error` },
    logger: createEngineLog(logger),
    advanced: {
      // Redirect targets are checked here. Who may ask is checked at our edge (`http/middleware/cross-origin.ts`):
      // the engine's own check refuses every server that calls by `fetch`, and is off wherever NODE_ENV says "test".
      disableOriginCheck: false,
      disableCSRFCheck: true,
      useSecureCookies: issuer.startsWith("https:"),
      ipAddress: { ipAddressHeaders: [CLIENT_IP_HEADER] },
      database: {
        generateId: () => randomUUID(),
        defaultFindManyLimit: 10_000,
        validateSchema: false as const,
      },
    },
  };
}
