/** One database for one test: a clone of the migrated template, dropped at the end. */
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { inject } from "vitest";
import { parseDatabaseUrl } from "../../src/db/address.ts";

export interface TestDatabase extends AsyncDisposable {
  /** For DATABASE_URL. */
  readonly url: string;
  /** A connection that sees Keyturn's tables without naming their schema. */
  readonly sql: postgres.Sql;
}

/** `empty`: without Keyturn's tables, as a new installation finds it. */
export async function createTestDatabase({ empty = false } = {}): Promise<TestDatabase> {
  const { url: serverUrl, template } = inject("postgres");
  const name = `keyturn_test_${randomBytes(6).toString("hex")}`;
  const admin = openAdmin(serverUrl);
  await admin`create database ${admin(name)} template ${admin(empty ? "template0" : template)}`;
  const url = urlOf(serverUrl, name);
  const sql = open(url);
  return {
    url,
    sql,
    async [Symbol.asyncDispose]() {
      await sql.end({ timeout: 1 });
      await admin`drop database if exists ${admin(name)} with (force)`;
      await admin.end();
    },
  };
}

export function urlOf(serverUrl: string, database: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  return url.href;
}

/** A connection to the server itself, to make and drop databases. */
export const openAdmin = (url: string): postgres.Sql => open(url);

function open(url: string): postgres.Sql {
  const options = { max: 2, onnotice: () => {}, connection: { search_path: "auth" } };
  const address = parseDatabaseUrl(url);
  return "url" in address ? postgres(address.url, options) : postgres({ ...address, ...options });
}
