/**
 * Connections to Postgres. Two pools, so that people waiting for a password hash inside a transaction can never
 * hold the connection a token needs. Tables live in one schema, found through `search_path`.
 */
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Logger } from "../logger.ts";
import type { Address } from "./address.ts";
import { account, session, user, verification } from "./schema/accounts.ts";
import { auditEvent } from "./schema/audit-event.ts";
import { signingKey } from "./schema/signing-key.ts";

export const schema = { account, auditEvent, session, signingKey, user, verification };

/** `$client` is the driver below Drizzle, for the few statements that must be prepared once. */
export type Database = PostgresJsDatabase<typeof schema> & { readonly $client: postgres.Sql };
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

export interface ConnectOptions {
  readonly address: Address;
  readonly schemaName: string;
  readonly logger: Logger;
}

export interface Connections {
  /** Short single statements: tokens, keys. */
  readonly tokens: Database;
  /** Accounts and admin: transactions that may wait. */
  readonly accounts: Database;
  /** Calls back on every notification, and once per (re)connection, since some may have been missed. */
  listen(channel: string, onNotify: () => void): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_SECONDS = 5;

/** Seconds until the next attempt: a database that is back is used within a second, not within twenty. */
const reconnectDelay = (attempt: number): number =>
  Math.min(2 ** attempt / 100, 1) * (0.5 + Math.random() / 2);

export function connect({ address, schemaName, logger }: ConnectOptions): Connections {
  const client = (name: string, max: number) => openClient(address, { name, max, schemaName, logger });
  const clients = { tokens: client("tokens", 6), accounts: client("accounts", 10) };
  return {
    tokens: drizzle(clients.tokens, { schema }),
    accounts: drizzle(clients.accounts, { schema }),
    async listen(channel, onNotify) {
      await clients.accounts.listen(channel, onNotify, onNotify);
    },
    async close() {
      await Promise.all(Object.values(clients).map((each) => each.end({ timeout: 2 })));
    },
  };
}

interface ClientOptions {
  readonly name: string;
  readonly max: number;
  readonly schemaName: string;
  readonly logger: Logger;
}

/** One postgres.js pool. Notices go to the log; parameters never do. */
export function openClient(address: Address, { name, max, schemaName, logger }: ClientOptions): postgres.Sql {
  const options = {
    max,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: reconnectDelay,
    onnotice: ({ message }: postgres.Notice) => logger.debug({ notice: message }, "postgres notice"),
    connection: { application_name: `keyturn ${name}`, search_path: schemaName },
  };
  return "url" in address ? postgres(address.url, options) : postgres({ ...address, ...options });
}
