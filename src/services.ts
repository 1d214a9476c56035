/** The composition root: every part built once, in order, and taken down in reverse. */
import { sql } from "drizzle-orm";
import { type AccountsEngine, createAccountsEngine } from "./accounts/engine.ts";
import { createPromoteFirstAdmin, promoteExistingUser } from "./accounts/first-admin.ts";
import { createPasswordHasher } from "./accounts/password.ts";
import type { Config } from "./config.ts";
import { connect } from "./db/database.ts";
import type { OpenedDatabase } from "./db/open.ts";
import { type ListedKey, listKeys } from "./keys/listing.ts";
import { meterKeys } from "./keys/meter.ts";
import { keyPolicy } from "./keys/policy.ts";
import { type KeyRing, openKeyRing } from "./keys/ring.ts";
import { createSealer } from "./keys/sealing.ts";
import type { Logger } from "./logger.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import type { Secrets } from "./secrets.ts";
import { type Authenticate, createAuthenticate } from "./sessions/authenticate.ts";
import { createCredentialReader, sessionCookieName } from "./sessions/credential.ts";
import { createFindSession } from "./sessions/session-store.ts";
import { createIssueSessionToken, type IssueSessionToken } from "./tokens/session-token.ts";

export interface Services {
  readonly config: Config;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly ring: KeyRing;
  readonly accounts: AccountsEngine;
  readonly authenticate: Authenticate;
  readonly issueSessionToken: IssueSessionToken;
  /** Origins whose pages may act with a person's cookie: our own and those of `CORS_ORIGINS`. */
  readonly trustedOrigins: readonly string[];
  listKeys(): Promise<ListedKey[]>;
  pingDatabase(): Promise<unknown>;
  close(): Promise<void>;
}

export interface ServicesOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly secrets: Secrets;
  /** Theirs from now on: closed with the services, or when they cannot be created. */
  readonly database: OpenedDatabase;
}

export async function createServices({
  config,
  logger,
  secrets,
  database,
}: ServicesOptions): Promise<Services> {
  await using undo = new AsyncDisposableStack();
  undo.defer(() => database.close());
  const connections = connect({ address: database.address, schemaName: config.DATABASE_SCHEMA, logger });
  undo.defer(() => connections.close());
  const ring = await openKeyRing({
    connections,
    sealer: createSealer(secrets.keyEncryption),
    policy: keyPolicy(config),
    logger,
  });
  undo.defer(() => ring.close());
  const metrics = createMetrics();
  meterKeys(metrics, ring.tally);

  const trustedOrigins = [config.ISSUER, ...config.CORS_ORIGINS];
  const promoteFirstAdmin = createPromoteFirstAdmin(connections.accounts, config.ADMIN_EMAIL);
  await promoteExistingUser(connections.accounts, config.ADMIN_EMAIL, promoteFirstAdmin);
  const accounts = createAccountsEngine({
    db: connections.accounts,
    issuer: config.ISSUER,
    trustedOrigins,
    secrets: secrets.session,
    passwords: createPasswordHasher(),
    jwt: {
      issuer: config.ISSUER,
      audience: config.TOKEN_AUDIENCE,
      ttl: config.TOKEN_TTL,
      defaultAlgorithm: config.KEY_ALGORITHMS[0],
      sign: (claims) => ring.sign(claims, { typ: "JWT" }),
      publicKeys: ring.publicKeys,
    },
    promoteFirstAdmin,
    logger,
  });

  const release = undo.move();
  return {
    config,
    logger,
    metrics,
    ring,
    accounts,
    trustedOrigins,
    authenticate: createAuthenticate(
      createCredentialReader(secrets.session, sessionCookieName(config.ISSUER)),
      createFindSession(connections.tokens),
    ),
    issueSessionToken: createIssueSessionToken(ring, {
      issuer: config.ISSUER,
      audience: config.TOKEN_AUDIENCE,
      ttl: config.TOKEN_TTL,
    }),
    listKeys: () => listKeys(connections.accounts),
    pingDatabase: () => connections.tokens.execute(sql`select 1`),
    close: () => release.disposeAsync(),
  };
}
