// Owns fetched key sets as a value that can be stored and handed to the next process, so that a cold start need not fetch
// first. What is read back is looked at as closely as what a server sends.

import { isLife, type Life } from "./freshness.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/**
 * One fetched JWK Set and when it may be used; times in milliseconds since the epoch.
 *
 * @example
 * const age = ({ fetchedAt }: StoredKeys) => Date.now() - fetchedAt;
 */
export interface StoredKeys extends Life {
  readonly uri: string;
  readonly jwks: unknown;
}

/**
 * What `exportKeys` gives and the option `snapshot` takes: JSON, public keys only.
 *
 * @example
 * const snapshot: KeySnapshot = JSON.parse(await store.get("keys"));
 */
export interface KeySnapshot {
  readonly version: 1;
  readonly sets: readonly StoredKeys[];
}

/** The set of this address; undefined where there is none, or none that can be meant. */
export function findStored(snapshot: unknown, uri: string): StoredKeys | undefined {
  const { version, sets }: JsonObject = isJsonObject(snapshot) ? snapshot : {};
  if (version !== 1 || !Array.isArray(sets)) return undefined;
  const found: unknown = sets.find((set) => isJsonObject(set) && set["uri"] === uri);
  return isStored(found) ? found : undefined;
}

const isStored = (set: unknown): set is StoredKeys => isJsonObject(set) && isLife(set);
