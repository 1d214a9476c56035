/** Every key there ever was, as operators look at them: with what happened to it, who did it, and what seals it. */
import { eventsOf, type RecordedEvent } from "../audit/audit.ts";
import type { Database } from "../db/database.ts";
import type { Key } from "./key.ts";
import { sealedUnder } from "./sealing.ts";
import { readAllKeys } from "./store.ts";

export interface ListedKey {
  readonly key: Key;
  /** The version of KEY_ENCRYPTION_KEYS its private half is sealed under; undefined once that is erased. */
  readonly sealedUnder: number | undefined;
  /** Oldest first. */
  readonly history: readonly RecordedEvent[];
}

/** Newest first. */
export async function listKeys(db: Database): Promise<ListedKey[]> {
  const stored = await readAllKeys(db);
  const events = await eventsOf(
    db,
    stored.map(({ key }) => key.kid),
  );
  return stored.map(({ key, sealedPrivateKey }) => ({
    key,
    sealedUnder: sealedPrivateKey === null ? undefined : sealedUnder(sealedPrivateKey),
    history: events.filter(({ target }) => target === key.kid),
  }));
}
