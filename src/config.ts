/**
 * Configuration: the environment, read once, all mistakes reported together. `process.env` is read here only.
 * Durations become milliseconds. Missing secrets are `secrets.ts`'s business, not ours.
 */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { formatDuration } from "./duration.ts";
import { reasonOf, StartupError } from "./errors.ts";
import { announceFloor, SECRET_SETTINGS, type Settings, settingsSchema } from "./settings.ts";

export type Environment = Readonly<Record<string, string | undefined>>;
/** What is set, by name. */
export type Values = Readonly<Record<string, string>>;

/** What opens Vault is not handed around: nothing needs it after the start. */
type Withheld = "VAULT_TOKEN" | "VAULT_SECRET_ID";

export interface Config extends Omit<Settings, "ISSUER" | "DATA_DIR" | "TOKEN_AUDIENCE" | Withheld> {
  readonly ISSUER: string;
  readonly TOKEN_AUDIENCE: string;
  /** Absolute. */
  readonly DATA_DIR: string;
}

/**
 * Reads `process.env` unless given another environment. Throws a `StartupError` that lists every mistake.
 * A secret that is a reference to Vault is one here: `vault/load-config.ts` fetches it first.
 */
export function loadConfig(environment?: Environment): Config {
  const { values, mistakes } = readValues(environment);
  return toConfig(values, mistakes);
}

/** Throws what is wrong with the values, after the mistakes that are known already. */
export function toConfig(values: Values, mistakes: readonly string[] = []): Config {
  const { settings, mistakes: others } = parseSettings(values);
  if (settings === undefined || mistakes.length > 0) throw refusal([...mistakes, ...others]);
  const { VAULT_TOKEN: _token, VAULT_SECRET_ID: _secretId, ...kept } = settings;
  const { ISSUER = `http://localhost:${kept.PORT}`, DATA_DIR, TOKEN_AUDIENCE = ISSUER } = kept;
  return { ...kept, ISSUER, TOKEN_AUDIENCE, DATA_DIR: resolve(DATA_DIR) };
}

export type ParsedSettings =
  | { readonly settings: Settings; readonly mistakes: readonly [] }
  | { readonly settings: undefined; readonly mistakes: readonly string[] };

export function parseSettings(values: Values): ParsedSettings {
  const parsed = settingsSchema.safeParse(values);
  const mistakes = parsed.success
    ? contradictions(parsed.data)
    : parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  return parsed.success && mistakes.length === 0
    ? { settings: parsed.data, mistakes: [] }
    : { settings: undefined, mistakes };
}

/** Settings that are each fine and together unsafe: a key that signs before every cache has seen it, say. */
function contradictions(settings: Settings): string[] {
  const { KEY_ANNOUNCE_PERIOD, KEY_ROTATION_PERIOD } = settings;
  const found: string[] = [];
  const floor = announceFloor(settings);
  if (KEY_ANNOUNCE_PERIOD < floor) {
    found.push(
      `KEY_ANNOUNCE_PERIOD: expected at least JWKS_MAX_AGE + VERIFIER_CACHE_MAX_AGE + CLOCK_SKEW = ${formatDuration(floor)}, ` +
        `got ${formatDuration(KEY_ANNOUNCE_PERIOD)}: a key would sign before every cache has seen it`,
    );
  }
  if (KEY_ROTATION_PERIOD < KEY_ANNOUNCE_PERIOD) {
    found.push(
      `KEY_ROTATION_PERIOD: expected at least KEY_ANNOUNCE_PERIOD = ${formatDuration(KEY_ANNOUNCE_PERIOD)}, ` +
        `got ${formatDuration(KEY_ROTATION_PERIOD)}: the next key could not be announced in time`,
    );
  }
  return found;
}

/**
 * What is set, by name. `NAME_FILE` stands for `NAME` with the file's content. An empty value counts as absent (compose
 * files leave them); an empty file does not: somebody meant to have a secret there.
 */
export function readValues(environment: Environment = process.env): {
  values: Record<string, string>;
  mistakes: string[];
} {
  const values: Record<string, string> = {};
  const mistakes: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && value.trim() !== "") values[name] = value.trim();
  }
  for (const name of SECRET_SETTINGS) {
    const file = values[`${name}_FILE`];
    if (file === undefined) continue;
    if (values[name] !== undefined)
      mistakes.push(`${name}_FILE: expected to stand alone, but ${name} is set too`);
    try {
      const content = readFileSync(file, "utf8").trim();
      if (content === "")
        mistakes.push(`${name}_FILE: expected a file with the secret in it, but it is empty`);
      else values[name] = content;
    } catch (error) {
      mistakes.push(`${name}_FILE: expected a readable file (${reasonOf(error)})`);
    }
  }
  return { values, mistakes };
}

/** What an operator reads of a configuration that cannot be used. */
export const refusal = (mistakes: readonly string[]): StartupError =>
  new StartupError(
    `the configuration has ${mistakes.length === 1 ? "a mistake" : `${mistakes.length} mistakes`}:\n` +
      mistakes.map((mistake) => `  - ${mistake}`).join("\n"),
    "mend the environment variables above and start again; docs/configuration.md describes each one",
  );
