/** Key-encryption keys, and a database without a server in front of it. */
import { loadConfig } from "../../src/config.ts";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import { connect } from "../../src/db/database.ts";
import { createSealer, type Sealer } from "../../src/keys/sealing.ts";
import { createLogger } from "../../src/logger.ts";
import type { TestDatabase } from "./postgres.ts";
import { TEST_SECRETS } from "./server.ts";

export const ONE = TEST_SECRETS.KEY_ENCRYPTION_KEYS;
export const TWO = `2:${Buffer.alloc(32, 2).toString("base64")}`;

/** `text` as in KEY_ENCRYPTION_KEYS. */
export function sealerOf(text: string): Sealer {
  const { KEY_ENCRYPTION_KEYS } = loadConfig({ KEY_ENCRYPTION_KEYS: text });
  if (KEY_ENCRYPTION_KEYS === undefined) throw new Error("there are no key-encryption keys");
  return createSealer(KEY_ENCRYPTION_KEYS);
}

export function connectTo({ url }: TestDatabase) {
  const logger = createLogger({ level: "silent", pretty: false });
  const { accounts, close } = connect({ address: parseDatabaseUrl(url), schemaName: "auth", logger });
  return { db: accounts, [Symbol.asyncDispose]: close };
}
