/**
 * The secrets a server cannot run without. Given by the environment, or, with the embedded database, made on
 * first start and kept in `DATA_DIR/secrets.json` (0600). Never made for a database we did not make.
 */
import { randomBytes } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Config } from "./config.ts";
import { reasonOf, StartupError } from "./errors.ts";
import { settingsSchema, type VersionedSecret } from "./settings.ts";

export type VersionedSecrets = readonly [VersionedSecret, ...VersionedSecret[]];

export interface Secrets {
  /** Sign session cookies and bearer tokens; the first signs. */
  readonly session: VersionedSecrets;
  /** Seal private signing keys; the first seals. */
  readonly keyEncryption: VersionedSecrets;
  /** Of the embedded Postgres; absent with `DATABASE_URL`. */
  readonly databasePassword: string | undefined;
}

const secretsFile = z.object({
  BETTER_AUTH_SECRETS: z.string(),
  KEY_ENCRYPTION_KEYS: z.string(),
  databasePassword: z.string().min(20),
});

export function loadSecrets(config: Config): Secrets {
  const { BETTER_AUTH_SECRETS: session, KEY_ENCRYPTION_KEYS: keyEncryption } = config;
  if (config.DATABASE_URL === undefined) {
    const kept = keptSecrets(config.DATA_DIR);
    return { ...kept, ...(session && { session }), ...(keyEncryption && { keyEncryption }) };
  }
  if (session && keyEncryption) return { session, keyEncryption, databasePassword: undefined };
  const missing = [
    session ? [] : ["BETTER_AUTH_SECRETS"],
    keyEncryption ? [] : ["KEY_ENCRYPTION_KEYS"],
  ].flat();
  throw new StartupError(
    `with DATABASE_URL set, ${missing.join(" and ")} must be set too`,
    `set ${missing.map((name) => `${name}="1:$(openssl rand -base64 32)"`).join(" ")} once, keep it with your secrets, and give every replica the same`,
  );
}

function keptSecrets(dataDir: string): Secrets {
  const path = join(dataDir, "secrets.json");
  if (!existsSync(path)) makeSecrets(dataDir, path);
  try {
    const kept = secretsFile.parse(JSON.parse(readFileSync(path, "utf8")));
    const { BETTER_AUTH_SECRETS, KEY_ENCRYPTION_KEYS } = settingsSchema
      .pick({ BETTER_AUTH_SECRETS: true, KEY_ENCRYPTION_KEYS: true })
      .required()
      .parse(kept);
    return {
      session: BETTER_AUTH_SECRETS,
      keyEncryption: KEY_ENCRYPTION_KEYS,
      databasePassword: kept.databasePassword,
    };
  } catch (error) {
    const reason =
      error instanceof z.ZodError || error instanceof SyntaxError ? "it is damaged" : reasonOf(error);
    throw new StartupError(
      `${path} cannot be used: ${reason}`,
      "restore the file from a backup; without it the keys and the database beside it cannot be opened",
    );
  }
}

function makeSecrets(dataDir: string, path: string): void {
  if (existsSync(join(dataDir, "postgres"))) {
    throw new StartupError(
      `${path} is missing, but there is a database beside it`,
      "restore secrets.json from a backup; or move the whole folder away to begin with an empty one",
    );
  }
  const made: z.infer<typeof secretsFile> = {
    BETTER_AUTH_SECRETS: newSecret(),
    KEY_ENCRYPTION_KEYS: newSecret(),
    databasePassword: randomBytes(24).toString("base64url"),
  };
  try {
    // A folder that was there keeps its mode: DATA_DIR=/tmp must not close /tmp to everybody else.
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeOnce(path, `${JSON.stringify(made, null, 2)}\n`);
  } catch (error) {
    throw new StartupError(
      `the data folder ${dataDir} cannot be written: ${reasonOf(error)}`,
      "make it writable for this user, or set DATA_DIR to a folder that is",
    );
  }
}

/**
 * Whole, on the disk, and by one of several servers that start at once, or not at all: nothing opens the keys and the
 * database but this file.
 */
function writeOnce(path: string, content: string): void {
  const draft = `${path}.new-${process.pid}`;
  try {
    writeFileSync(draft, content, { mode: 0o600, flush: true });
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

const newSecret = (): string => `1:${randomBytes(32).toString("base64")}`;
