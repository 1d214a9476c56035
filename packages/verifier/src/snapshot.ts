// Owns fetched key sets as a value that can be stored and handed to the next process, so that a cold start need not fetch
// first. What is read back is looked at as closely as what a server sends.

import { isLife, type Life } from "./freshness.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** One fetched JWK Set and when it may be used; times in milliseconds since the epoch. */
export interface StoredKeys extends Life {
  readonly uri: string;
  readonly etag?: string | undefined;
  readonly jwks: unknown;
}

/** What `exportKeys` gives and the option `snapshot` takes: JSON, public keys only. */
export interface KeySnapshot {
  readonly version: 1;
  readonly sets: readonly StoredKeys[];
}

/** The set of this address; undefined where there is none, or none that can be meant. */
export function findStored(snapshot: unknown, uri: string): StoredKeys | undefined {
  if (!isJsonObject(snapshot) || snapshot["version"] !== 1 || !Array.isArray(snapshot["sets"]))
    return undefined;
  const found: unknown = snapshot["sets"].find((set) => isJsonObject(set) && set["uri"] === uri);
  return isJsonObject(found) ? readStored(found, uri) : undefined;
}

function readStored(set: JsonObject, uri: string): StoredKeys | undefined {
  const { etag, jwks, fetchedAt, refreshAt, freshUntil, usableUntil } = set;
  const life = { fetchedAt, refreshAt, freshUntil, usableUntil };
  if (!isLife(life)) return undefined;
  return { uri, etag: typeof etag === "string" ? etag : undefined, jwks, ...life };
}
