/** What a command needs to turn keys: the database, and the key-encryption keys it was used with. */
import type { Config } from "../../config.ts";
import { keyPolicy } from "../../keys/policy.ts";
import { checkSeals } from "../../keys/seal-check.ts";
import { createSealer } from "../../keys/sealing.ts";
import { createSpares } from "../../keys/spares.ts";
import type { TurnParts } from "../../keys/turn.ts";
import { withDatabase } from "../session.ts";

/** Refuses before `work` when the key-encryption keys do not fit: servers could not open what it would make. */
export const withTurnParts = <T>(work: (parts: TurnParts, config: Config) => Promise<T>): Promise<T> =>
  withDatabase(async (db, { config, secrets }) => {
    const sealer = createSealer(secrets.keyEncryption);
    await checkSeals(db, sealer);
    return work({ db, sealer, policy: keyPolicy(config), spares: createSpares() }, config);
  });
