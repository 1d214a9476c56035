/**
 * Every setting: its name, what it means, what is expected, its default. docs/configuration.md is generated from here.
 * Reading the environment is `config.ts`'s business.
 */
import ipaddr from "ipaddr.js";
import { z } from "zod";
import { parseDuration } from "./duration.ts";
import { vaultSettings } from "./vault/settings.ts";

export const ALGORITHMS = ["EdDSA", "RS256", "ES256"] as const;
/** JOSE signature algorithms Keyturn signs with (RFC 7518 §3.1, RFC 8037 §3.1). */
export type Algorithm = (typeof ALGORITHMS)[number];

/** One secret and the version it is known by: `2:…`. */
export interface VersionedSecret {
  readonly version: number;
  readonly value: string;
}

const isAlgorithm = (name: string): name is Algorithm => ALGORITHMS.some((known) => known === name);

const TEN_YEARS = 3_650 * 24 * 60 * 60 * 1000;

const duration = (byDefault: string, atLeast = "1ms") =>
  z
    .string()
    .default(byDefault)
    .transform((text, context) => {
      const ms = parseDuration(text);
      if (ms === undefined) {
        context.addIssue(`expected a duration such as 30s, 5m, 24h or 90d, got "${text}"`);
        return z.NEVER;
      }
      if (ms >= (parseDuration(atLeast) ?? 0) && ms <= TEN_YEARS) return ms;
      context.addIssue(`expected ${atLeast} to 3650d, got "${text}"`);
      return z.NEVER;
    });

const list = (text: string): string[] =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");

const isUrl = (protocols: readonly string[]) => (text: string) =>
  URL.canParse(text) && protocols.includes(new URL(text).protocol);

const absoluteUrl = (protocols: readonly string[], example: string) =>
  z.string().refine(isUrl(protocols), {
    error: (issue) => `expected a URL such as ${example}, got "${String(issue.input)}"`,
  });

/** May have a password in it, so it is never repeated. */
const secretUrl = (protocols: readonly string[], example: string) =>
  z.string().refine(isUrl(protocols), { error: `expected a URL such as ${example}` });

const listOf = (isGood: (item: string) => boolean, expected: string) =>
  z
    .string()
    .default("")
    .transform((text, context) => {
      const items = list(text);
      for (const item of items) {
        if (!isGood(item)) context.addIssue(`expected ${expected}, got "${item}"`);
      }
      return items;
    });

const origins = listOf(
  (item) => URL.canParse(item) && new URL(item).origin === item,
  "origins such as https://app.example.com (no path, no wildcard)",
);

const networks = listOf(
  (item) => ipaddr.isValid(item) || ipaddr.isValidCIDR(item),
  "addresses or networks such as 10.0.0.0/8",
);

const algorithms = z
  .string()
  .default("EdDSA,RS256")
  .transform((text, context) => {
    const items = list(text);
    const known = items.filter(isAlgorithm);
    const [first, ...others] = known;
    if (first !== undefined && known.length === items.length && new Set(items).size === items.length) {
      return [first, ...others] as const;
    }
    context.addIssue(`expected a list of different ones from ${ALGORITHMS.join(", ")}, got "${text}"`);
    return z.NEVER;
  });

/** `2:<value>,1:<value>`: the first is used from now on, the others open what they once sealed. */
const versionedSecrets = (isGood: (value: string) => boolean, expected: string) =>
  z
    .string()
    .transform((text, context) => {
      const secrets: VersionedSecret[] = [];
      for (const item of list(text)) {
        const [, version, value] = /^(\d{1,6}):(.+)$/.exec(item) ?? [];
        if (version !== undefined && value !== undefined && isGood(value)) {
          secrets.push({ version: Number(version), value });
        } else {
          context.addIssue(`expected "<version>:<secret>" pairs, each secret ${expected}`);
          return z.NEVER;
        }
      }
      const [current, ...previous] = secrets;
      if (current === undefined || new Set(secrets.map(({ version }) => version)).size !== secrets.length) {
        context.addIssue("expected at least one secret and every version once");
        return z.NEVER;
      }
      return [current, ...previous] as const;
    })
    .optional();

const isKey = (value: string): boolean =>
  /^[A-Za-z0-9+/_-]{43}=?$/.test(value) && Buffer.from(value, "base64").length === 32;

export const settingsSchema = z.object({
  ISSUER: absoluteUrl(["http:", "https:"], "https://auth.example.com")
    .refine((text) => !URL.canParse(text) || new URL(text).origin === text, {
      error: "expected an origin: no path, no query, no slash at the end",
    })
    .optional()
    .describe("Public URL of this server and the `iss` of its tokens. Default `http://localhost:<PORT>`."),
  HOST: z.string().default("127.0.0.1").describe("Address to listen on; `0.0.0.0` for all."),
  PORT: z.coerce
    .number({ error: "expected a port number, 0 to 65535" })
    .int("expected a port number, 0 to 65535")
    .min(0, "expected a port number, 0 to 65535")
    .max(65_535, "expected a port number, 0 to 65535")
    .default(3000)
    .describe("Port to listen on."),
  DATABASE_URL: secretUrl(["postgres:", "postgresql:"], "postgres://user:password@host:5432/keyturn")
    .optional()
    .describe("Postgres to use. Absent: an embedded Postgres under `DATA_DIR`."),
  DATABASE_SCHEMA: z
    .string()
    .regex(/^[a-z_][a-z0-9_]{0,62}$/, "expected a lower-case SQL name such as auth")
    .default("auth")
    .describe("Postgres schema that holds Keyturn's tables; made when missing."),
  DATA_DIR: z.string().default("./.keyturn").describe("Folder of the embedded Postgres and its secrets."),
  BETTER_AUTH_SECRETS: versionedSecrets((value) => value.length >= 32, "of 32 characters or more").describe(
    "Secrets that sign sessions: `2:<new>,1:<old>`, the first one signs. Made on first start with the embedded database.",
  ),
  KEY_ENCRYPTION_KEYS: versionedSecrets(isKey, "32 bytes in base64 (openssl rand -base64 32)").describe(
    "Keys that seal the private signing keys: `2:<new>,1:<old>`, the first one seals. Made on first start with the embedded database.",
  ),
  KEY_ALGORITHMS: algorithms.describe(
    "Signing algorithms, the first is the default: `EdDSA`, `RS256`, `ES256`.",
  ),
  KEY_ROTATION_PERIOD: duration("90d").describe(
    "How long a key signs before the next one takes over by itself.",
  ),
  KEY_ANNOUNCE_PERIOD: duration("24h").describe(
    "How long a key is public before it signs; at least `JWKS_MAX_AGE + VERIFIER_CACHE_MAX_AGE + CLOCK_SKEW`.",
  ),
  KEY_SNAPSHOT_MAX_AGE: duration("30s", "5s").describe(
    "A server that cannot read its keys for this long stops signing (503).",
  ),
  JWKS_MAX_AGE: duration("5m", "1s").describe("`max-age` of `/.well-known/jwks.json`."),
  VERIFIER_CACHE_MAX_AGE: duration("10m").describe("The longest any of your verifiers keeps a JWKS."),
  CLOCK_SKEW: duration("60s").describe(
    "The largest difference between the clocks of your servers and verifiers.",
  ),
  TOKEN_TTL: duration("5m", "1s").describe("Lifetime of a JWT from `/api/auth/token`."),
  TOKEN_AUDIENCE: z.string().optional().describe("`aud` of a session JWT. Default: the issuer."),
  CORS_ORIGINS: origins.describe("Origins of your front ends, comma-separated; they may call with cookies."),
  TRUSTED_PROXIES: networks.describe(
    "Addresses or networks whose `X-Forwarded-For` is believed, comma-separated.",
  ),
  SMTP_URL: secretUrl(["smtp:", "smtps:"], "smtps://user:password@smtp.example.com")
    .optional()
    .describe(
      "Where mail is handed over. Absent: mail goes to the log, and to `/dev/outbox` on a server on loopback.",
    ),
  MAIL_FROM: z
    .string()
    .regex(/^(?:[^<>@\r\n]*<[^\s<>@,]+@[^\s<>@,]+>|[^\s<>@,]+@[^\s<>@,]+)$/, {
      error: "expected an address such as Keyturn <no-reply@example.com>",
    })
    .default("Keyturn <no-reply@localhost>")
    .describe("Sender of all mail: an address, with or without a name."),
  REQUIRE_EMAIL_VERIFICATION: z
    .enum(["true", "false"], { error: "expected true or false" })
    .default("false")
    .transform((text) => text === "true")
    .describe(
      "`true`: nobody signs in by a password before their address is confirmed, and signing up tells nobody whether it has an account.",
    ),
  PASSWORD_BREACH_CHECK_URL: absoluteUrl(["https:", "http:"], "https://api.pwnedpasswords.com/range/")
    .optional()
    .describe(
      "Where new passwords are looked up among breached ones by the first five characters of their SHA-1: `https://api.pwnedpasswords.com/range/` or a mirror. Absent: nowhere.",
    ),
  REDIS_URL: secretUrl(["redis:", "rediss:"], "rediss://user:password@redis.example.com:6379")
    .optional()
    .describe("Redis that counts for rate limits, shared by all replicas. Absent: Postgres does."),
  ADMIN_EMAIL: z
    .email({ error: "expected an e-mail address" })
    .optional()
    .describe("Whoever signs up with this address while there is no administrator becomes the first one."),
  AUDIT_RETENTION: duration("400d", "1d").describe("How long the audit trail is kept."),
  KEYTURN_CONFIG: z
    .string()
    .optional()
    .describe(
      "File that declares roles, APIs and custom claims. Default: `keyturn.config.ts` in the working folder, if it exists.",
    ),
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"], {
      error: "expected one of trace, debug, info, warn, error, silent",
    })
    .default("info")
    .describe("How much is logged."),
  ...vaultSettings,
});

export type Settings = z.infer<typeof settingsSchema>;

/** The shortest announce period after which every cache has seen a key, in milliseconds. */
export const announceFloor = (
  settings: Pick<Settings, "JWKS_MAX_AGE" | "VERIFIER_CACHE_MAX_AGE" | "CLOCK_SKEW">,
): number => settings.JWKS_MAX_AGE + settings.VERIFIER_CACHE_MAX_AGE + settings.CLOCK_SKEW;

/** Settings that may also come from a file, as `NAME_FILE`, and, but for those that open it, from Vault. */
export const SECRET_SETTINGS = [
  "DATABASE_URL",
  "BETTER_AUTH_SECRETS",
  "KEY_ENCRYPTION_KEYS",
  "SMTP_URL",
  "REDIS_URL",
  "VAULT_TOKEN",
  "VAULT_SECRET_ID",
] as const;
