/**
 * Seals every private half anew under the first of KEY_ENCRYPTION_KEYS, so that older versions can be dropped. All or
 * nothing; keys, tokens and the JWKS stay as they are.
 */
import { type Actor, record } from "../audit/audit.ts";
import type { Database } from "../db/database.ts";
import { type Sealer, sealedUnder } from "./sealing.ts";
import { lockSealedKeys, reseal } from "./store.ts";
import { withKeysLocked } from "./turn.ts";

/** One key, and the versions it was and is sealed under: equal where there was nothing to do. */
export interface Rewrapped {
  readonly kid: string;
  readonly from: number;
  readonly to: number;
}

/** Throws an `UnsealError` that names the version it lacks; nothing is changed then. */
export const rewrapKeys = (db: Database, sealer: Sealer, actor: Actor): Promise<Rewrapped[]> =>
  withKeysLocked(db, async (tx) => {
    const rewrapped: Rewrapped[] = [];
    for (const { key, sealedPrivateKey } of await lockSealedKeys(tx)) {
      if (sealedPrivateKey === null) continue;
      const { kid } = key;
      // Opened also where the version is already the current one: a value that does not fit must not go unnoticed.
      const privateKey = sealer.unseal(kid, sealedPrivateKey);
      const from = sealedUnder(sealedPrivateKey) ?? sealer.version;
      if (from !== sealer.version) await reseal(tx, kid, sealer.seal(kid, privateKey));
      privateKey.fill(0);
      rewrapped.push({ kid, from, to: sealer.version });
    }
    const changed = rewrapped.filter(({ from, to }) => from !== to);
    await record(
      tx,
      actor,
      changed.map(({ kid, from, to }) => ({ action: "key.rewrapped", target: kid, detail: { from, to } })),
    );
    return rewrapped;
  });
