/** What can be seen of the keys: what a server publishes, and what the database holds. And how an operator revokes one. */
import type { JSONWebKeySet } from "jose";
import { vi } from "vitest";
import { KEYS_LOCK } from "../../src/db/locks.ts";
import { asBearer, postJson } from "./people.ts";
import type { TestDatabase } from "./postgres.ts";

export const jwksOf = async ({ url }: { url: string }): Promise<JSONWebKeySet> =>
  (await fetch(`${url}/.well-known/jwks.json`)).json();

/** `["EdDSA announced", "EdDSA signing", …]`, sorted. */
export const statesOf = async ({ sql }: TestDatabase): Promise<string[]> =>
  (await sql`select alg, state from signing_key order by alg, state`).map(
    ({ alg, state }) => `${alg} ${state}`,
  );

export const kidsOf = async (server: { url: string }): Promise<(string | undefined)[]> =>
  (await jwksOf(server)).keys.map(({ kid }) => kid);

/** The kid of the one key in this state. */
export async function kidOf({ sql }: TestDatabase, state: string, alg = "EdDSA"): Promise<string> {
  const rows = await sql`select kid from signing_key where state = ${state} and alg = ${alg}`;
  if (rows.length !== 1) throw new Error(`expected one ${alg} key that is ${state}, found ${rows.length}`);
  return String(rows[0]?.["kid"]);
}

/** Everything that is known about the keys, to see that nothing has changed. */
export const tablesOf = async ({ sql }: TestDatabase) => ({
  keys: await sql`select * from signing_key order by kid`,
  events: await sql`select * from audit_event where action like 'key.%' order by id`,
});

/** As an operator's script would. */
export async function revoke(
  { url }: { url: string },
  bearer: string,
  kid: string,
  { body = { reason: "leaked" }, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
) {
  const response = await postJson(`${url}/admin/keys/${kid}/revoke`, body, {
    ...asBearer(bearer).headers,
    ...headers,
  });
  return { status: response.status, body: await response.json() };
}

export interface HeldKeys extends AsyncDisposable {
  /** Resolves when at least so many wait to change keys. */
  waiting(count: number): Promise<void>;
  release(): Promise<void>;
}

/** Keeps everybody else from changing keys, as a replica does that froze in the middle of a turn. */
export async function holdKeys({ sql }: TestDatabase): Promise<HeldKeys> {
  const holder = await sql.reserve();
  await holder`select pg_advisory_lock(${KEYS_LOCK})`;
  let isHeld = true;
  const release = async () => {
    if (!isHeld) return;
    isHeld = false;
    await holder`select pg_advisory_unlock(${KEYS_LOCK})`;
    holder.release();
  };
  return {
    async waiting(count) {
      await vi.waitFor(
        async () => {
          const rows =
            await sql`select 1 from pg_locks join pg_database on pg_database.oid = pg_locks.database
            where locktype = 'advisory' and not granted and datname = current_database()`;
          if (rows.length < count) throw new Error(`${rows.length} wait for the lock, not ${count}`);
        },
        { timeout: 10_000, interval: 10 },
      );
    },
    release,
    [Symbol.asyncDispose]: release,
  };
}
