/** Configuration: what is accepted, what is refused, and that everything wrong is said at once. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config.ts";
import { formatDuration, parseDuration } from "../../src/duration.ts";
import { StartupError } from "../../src/errors.ts";

describe("an empty environment", () => {
  test("gives the documented defaults", () => {
    expect(loadConfig({})).toMatchObject({
      ISSUER: "http://localhost:3000",
      TOKEN_AUDIENCE: "http://localhost:3000",
      HOST: "127.0.0.1",
      PORT: 3000,
      DATABASE_SCHEMA: "auth",
      KEY_ALGORITHMS: ["EdDSA", "RS256"],
      KEY_ANNOUNCE_PERIOD: 86_400_000,
      TOKEN_TTL: 300_000,
      CORS_ORIGINS: [],
    });
  });

  test("with another port has its issuer there too, and empty variables count as absent", () => {
    expect(loadConfig({ PORT: "4000", ISSUER: "", DATABASE_URL: " " })).toMatchObject({
      ISSUER: "http://localhost:4000",
      TOKEN_AUDIENCE: "http://localhost:4000",
    });
  });
});

describe("mistakes", () => {
  test("are all told together, each with what was expected", () => {
    const refusal = refusalOf({
      PORT: "http",
      ISSUER: "https://auth.example.com/",
      KEY_ALGORITHMS: "EdDSA,HS256",
      TOKEN_TTL: "five minutes",
      CORS_ORIGINS: "https://app.example.com/path,*",
      TRUSTED_PROXIES: "proxy.local",
      BETTER_AUTH_SECRETS: "short",
      KEY_ENCRYPTION_KEYS: "1:too-short",
      DATABASE_URL: "mysql://localhost/x",
      ADMIN_EMAIL: "root",
      LOG_LEVEL: "loud",
    });
    for (const name of [
      "PORT",
      "ISSUER",
      "KEY_ALGORITHMS",
      "TOKEN_TTL",
      "CORS_ORIGINS",
      "TRUSTED_PROXIES",
      "BETTER_AUTH_SECRETS",
      "KEY_ENCRYPTION_KEYS",
      "DATABASE_URL",
      "ADMIN_EMAIL",
      "LOG_LEVEL",
    ]) {
      expect(refusal).toMatch(new RegExp(`- ${name}: expected `));
    }
  });

  test("never repeat a secret", () => {
    const refusal = refusalOf({ BETTER_AUTH_SECRETS: "1:canary", KEY_ENCRYPTION_KEYS: "canary" });
    expect(refusal).not.toContain("canary");
  });

  test("include a key that would sign before every cache has seen it", () => {
    expect(refusalOf({ KEY_ANNOUNCE_PERIOD: "15m" })).toContain(
      "JWKS_MAX_AGE + VERIFIER_CACHE_MAX_AGE + CLOCK_SKEW = 16m",
    );
    expect(loadConfig({ KEY_ANNOUNCE_PERIOD: "16m" }).KEY_ANNOUNCE_PERIOD).toBe(960_000);
  });

  test("include a rotation period that leaves no time to announce, and versions given twice", () => {
    expect(refusalOf({ KEY_ROTATION_PERIOD: "12h" })).toContain("KEY_ROTATION_PERIOD");
    const secret = "s".repeat(32);
    expect(refusalOf({ BETTER_AUTH_SECRETS: `1:${secret},1:${secret}` })).toContain("every version once");
  });
});

describe("a secret", () => {
  test("may come from a file, but not from both places", () => {
    const folder = mkdtempSync(join(tmpdir(), "keyturn-config-"));
    const file = join(folder, "secret");
    writeFileSync(file, `2:${"n".repeat(32)},1:${"o".repeat(32)}\n`);
    const { BETTER_AUTH_SECRETS: secrets } = loadConfig({ BETTER_AUTH_SECRETS_FILE: file });
    expect(secrets?.map(({ version }) => version)).toEqual([2, 1]);
    expect(
      refusalOf({ BETTER_AUTH_SECRETS_FILE: file, BETTER_AUTH_SECRETS: `1:${"x".repeat(32)}` }),
    ).toContain("stand alone");
    expect(refusalOf({ KEY_ENCRYPTION_KEYS_FILE: join(folder, "missing") })).toContain(
      "expected a readable file",
    );
    rmSync(folder, { recursive: true });
  });
});

describe("a duration", () => {
  test.each([
    ["500ms", 500],
    ["30s", 30_000],
    ["5m", 300_000],
    ["24h", 86_400_000],
    ["90d", 7_776_000_000],
  ])("%s is %d ms and is written back the same", (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
    expect(parseDuration(formatDuration(ms))).toBe(ms);
  });

  test.each(["", "5", "m", "-5m", "1.5h", "5 m", "5M", "1h30m"])("%s is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});

function refusalOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}
