/**
 * Connections to Postgres. Four pools, so that neither people waiting for a password hash inside a transaction nor
 * replicas waiting for their turn at the keys hold the connection a token needs. Tables live in one schema, found
 * through `search_path`.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { Logger } from "../logger.ts";
import type { Address } from "./address.ts";
import { hasEnded } from "./lost-connection.ts";
import { api, role } from "./schema/access.ts";
import { account, session, user, verification } from "./schema/accounts.ts";
import { apikey } from "./schema/api-key.ts";
import { auditEvent } from "./schema/audit-event.ts";
import { passkey, twoFactor } from "./schema/factors.ts";
import { mail } from "./schema/mail.ts";
import { invitation, member, organization, team, teamMember } from "./schema/organizations.ts";
import { rateLimit } from "./schema/rate-limit.ts";
import { signingKey } from "./schema/signing-key.ts";

const people = { account, session, user, verification, twoFactor, passkey, apikey };
const organizations = { invitation, member, organization, team, teamMember };
export const schema = { ...people, ...organizations, api, auditEvent, mail, rateLimit, role, signingKey };

/** `$client` is the driver below Drizzle, for the few statements that must be prepared once. */
export type Database = PostgresJsDatabase<typeof schema> & { readonly $client: postgres.Sql };
export type Transaction = Parameters<Parameters<Database["transaction"]>[0]>[0];

export interface ConnectOptions {
  readonly address: Address;
  readonly schemaName: string;
  readonly logger: Logger;
}

export interface Connections {
  /** Short single statements: tokens, reading keys. */
  readonly tokens: Database;
  /** Transactions that change keys, one at a time over all replicas. */
  readonly keys: Database;
  /** Accounts and admin: transactions that may wait. */
  readonly accounts: Database;
  /**
   * Counts of rate limits: short single statements that must not wait for a connection in the very storm they are there
   * for. A count lost in a crash of Postgres is no loss, so none waits for the disk.
   */
  readonly limits: Database;
  /** Calls back on every notification, and once per (re)connection, since some may have been missed. */
  listen(channel: string, onNotify: () => void): Promise<void>;
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_SECONDS = 5;

/** Seconds until the next attempt: a database that is back is used within a second, not within twenty. */
const reconnectDelay = (attempt: number): number =>
  Math.min(2 ** attempt / 100, 1) * (0.5 + Math.random() / 2);

export function connect({ address, schemaName, logger }: ConnectOptions): Connections {
  const client = (name: string, max: number, parameters = {}) =>
    openClient(address, { name, max, schemaName, logger, parameters });
  const clients = {
    tokens: client("tokens", 6),
    keys: client("keys", 2),
    accounts: client("accounts", 10),
    limits: client("limits", 2, { synchronous_commit: "off" }),
  };
  return {
    tokens: drizzle(clients.tokens, { schema }),
    keys: drizzle(clients.keys, { schema }),
    accounts: drizzle(clients.accounts, { schema }),
    limits: drizzle(clients.limits, { schema }),
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
  /** Parameters of the session, as Postgres names them. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** One postgres.js pool. Notices go to the log; parameters never do. */
export function openClient(
  address: Address,
  { name, max, schemaName, logger, parameters = {} }: ClientOptions,
): postgres.Sql {
  const options = {
    max,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    backoff: reconnectDelay,
    onnotice: ({ message }: postgres.Notice) => logger.debug({ notice: message }, "postgres notice"),
    connection: { ...parameters, application_name: `keyturn ${name}`, search_path: schemaName },
  };
  return surviveLostTransactions(
    "url" in address ? postgres(address.url, options) : postgres({ ...address, ...options }),
  );
}

/** Long enough for the driver to notice that a connection it was told of has ended. */
const NOTICE_MS = 5_000;

/**
 * A transaction whose connection ends must not be rolled back: postgres.js 3.4 would write to a socket that is gone, and
 * that ends the process (porsager/postgres#1154). So its work is not seen to fail; the driver itself rejects the
 * transaction as soon as the connection is closed.
 */
function surviveLostTransactions(client: postgres.Sql): postgres.Sql {
  const begin = client.begin.bind(client);
  const overridden: Pick<postgres.Sql, "begin"> = {
    begin: (...args: [string, Work] | [Work]) => {
      const work = args.length === 1 ? args[0] : args[1];
      const guarded = async (tx: postgres.TransactionSql) => {
        try {
          return await work(tx);
        } catch (error) {
          if (hasEnded(error)) await sleep(NOTICE_MS, undefined, { ref: false });
          throw error;
        }
      };
      return args.length === 1 ? begin(guarded) : begin(args[0], guarded);
    },
  };
  return Object.assign(client, overridden);
}

type Work = (tx: postgres.TransactionSql) => unknown;
