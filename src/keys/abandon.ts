/**
 * Gives up private halves that nobody can open any more: their key-encryption key is lost, or they are damaged. Such a key
 * stops signing and stays public until its last token has expired; the next server to start makes new ones.
 */
import { type Actor, record } from "../audit/audit.ts";
import type { Database } from "../db/database.ts";
import type { KeyPolicy } from "./key.ts";
import { isUsable } from "./key.ts";
import { supersede } from "./lifecycle.ts";
import type { Sealer } from "./sealing.ts";
import { lockSealedKeys, readDatabaseTime, updateKey } from "./store.ts";
import { announceChange, toEvent, withKeysLocked } from "./turn.ts";

/** The kids that were given up; those that can be opened are left as they are. */
export const abandonKeys = (
  { db, sealer, policy }: { db: Database; sealer: Sealer; policy: KeyPolicy },
  actor: Actor,
): Promise<string[]> =>
  withKeysLocked(db, async (tx) => {
    const now = await readDatabaseTime(tx);
    const lost = (await lockSealedKeys(tx)).filter(
      ({ key, sealedPrivateKey }) => sealedPrivateKey !== null && !sealer.opens(key.kid, sealedPrivateKey),
    );
    const transitions = lost.flatMap(({ key }) => (isUsable(key) ? [supersede(key, policy, now)] : []));
    for (const transition of transitions) await updateKey(tx, transition);
    await record(tx, actor, transitions.map(toEvent));
    await announceChange(tx);
    return transitions.map(({ kid }) => kid);
  });
