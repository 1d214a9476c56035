/** What can be seen of the keys: what a server publishes, and what the database holds. */
import type { JSONWebKeySet } from "jose";
import type { TestDatabase } from "./postgres.ts";

export const jwksOf = async ({ url }: { url: string }): Promise<JSONWebKeySet> =>
  (await fetch(`${url}/.well-known/jwks.json`)).json();

/** `["EdDSA announced", "EdDSA signing", …]`, sorted. */
export const statesOf = async ({ sql }: TestDatabase): Promise<string[]> =>
  (await sql`select alg, state from signing_key order by alg, state`).map(
    ({ alg, state }) => `${alg} ${state}`,
  );
