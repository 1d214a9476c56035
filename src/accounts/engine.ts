/**
 * Better Auth, assembled: people, passwords, sessions. It mints no keys (the jwt plugin is bridged to our ring) and
 * answers no token requests (ours shadow them). The only folder that imports better-auth.
 */
import { randomUUID } from "node:crypto";
import type { BetterAuthPlugin } from "better-auth";
import { drizzleAdapter } from "better-auth/adapters/drizzle";
import { betterAuth } from "better-auth/minimal";
import { admin } from "better-auth/plugins/admin";
import { bearer } from "better-auth/plugins/bearer";
import { ADMIN_ROLE, DEFAULT_ROLE } from "../access/roles.ts";
import { type Database, schema } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { VersionedSecrets } from "../secrets.ts";
import { createEngineLog } from "./engine-log.ts";
import { type PromoteFirstAdmin, promoteOnSignUp } from "./first-admin.ts";
import { bridgedJwt, type JwtBridge } from "./jwt-bridge.ts";
import type { PasswordHasher } from "./password.ts";
import { refuseOversizedProfile } from "./profile-limits.ts";

const DAY = 24 * 60 * 60;

/** The header in which our own middleware tells the engine the caller's address; never taken from outside. */
export const CLIENT_IP_HEADER = "x-keyturn-client-ip";

export interface EngineParts {
  readonly db: Database;
  readonly issuer: string;
  readonly trustedOrigins: readonly string[];
  readonly secrets: VersionedSecrets;
  readonly passwords: PasswordHasher;
  readonly jwt: JwtBridge;
  readonly promoteFirstAdmin: PromoteFirstAdmin;
  readonly logger: Logger;
}

export interface AccountsEngine {
  /** Answers everything below `/api/auth`. Throws what is not an answer: bugs, and our own refusals. */
  handle(request: Request): Promise<Response>;
}

export function createAccountsEngine(parts: EngineParts): AccountsEngine {
  const auth = betterAuth(engineOptions(parts));
  return { handle: (request) => auth.handler(request) };
}

function engineOptions({
  db,
  issuer,
  trustedOrigins,
  secrets,
  passwords,
  jwt,
  promoteFirstAdmin,
  logger,
}: EngineParts) {
  // Bearer comes last: it copies the cookie the others set into `set-auth-token`.
  const plugins: BetterAuthPlugin[] = [
    admin({ defaultRole: DEFAULT_ROLE, adminRoles: [ADMIN_ROLE] }),
    bridgedJwt(jwt),
    bearer({ requireSignature: true }),
  ];
  return {
    appName: "Keyturn",
    baseURL: issuer,
    basePath: "/api/auth",
    secrets: [...secrets],
    trustedOrigins: [...trustedOrigins],
    database: drizzleAdapter(db, { provider: "pg", schema, transaction: true }),
    emailAndPassword: {
      enabled: true,
      minPasswordLength: 8,
      maxPasswordLength: 256,
      password: passwords,
      revokeSessionsOnPasswordReset: true,
    },
    session: { expiresIn: 7 * DAY, updateAge: DAY, freshAge: DAY, cookieCache: { enabled: false } },
    verification: { storeIdentifier: "hashed" as const },
    account: { encryptOAuthTokens: true },
    databaseHooks: { user: { create: { after: promoteOnSignUp(promoteFirstAdmin) } } },
    hooks: { before: refuseOversizedProfile },
    plugins,
    // Limits per account and address are a part of Keyturn still to come; Better Auth's own count by path alone.
    rateLimit: { enabled: false },
    // An impersonated session must be marked in its token and in the audit first.
    disabledPaths: ["/admin/impersonate-user", "/admin/stop-impersonating"],
    telemetry: { enabled: false },
    onAPIError: { throw: true },
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
