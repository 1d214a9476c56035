/** Before anything is written: whether these key-encryption keys are the ones this database was used with. */
import type { Database } from "../db/database.ts";
import { StartupError } from "../errors.ts";
import { type Sealer, UnsealError } from "./sealing.ts";
import { readLiveKeys } from "./store.ts";

/** Throws a `StartupError` that names the version which is wrong or missing. */
export async function checkSeals(db: Database, sealer: Sealer): Promise<void> {
  for (const { key, sealedPrivateKey } of await readLiveKeys(db)) {
    if (sealedPrivateKey === null) continue;
    try {
      sealer.unseal(key.kid, sealedPrivateKey).fill(0);
    } catch (error) {
      throw error instanceof UnsealError ? wrongKey(error) : error;
    }
  }
}

export const wrongKey = ({ message }: UnsealError): StartupError =>
  new StartupError(
    `the signing keys cannot be unsealed: ${message}`,
    "use the KEY_ENCRYPTION_KEYS this database was used with (all versions still in use); if they are lost, see keyturn keys abandon --help. No key was changed",
  );
