/** References to Vault that cannot be followed: what is said, when, and that no secret is in it. */
import { describe, expect, test } from "vitest";
import type { VaultPatience } from "../../src/vault/client.ts";
import { loadConfigWithVault } from "../../src/vault/load-config.ts";
import { freePort } from "../support/server.ts";
import { byToken, CANARY, refusalOf } from "./vault-environment.ts";
import { startVaultServer } from "./vault-server.ts";

const RETRYING: VaultPatience = { limitMs: 10_000, retryMs: 5_000 };

describe("what Vault does not give", () => {
  test("is told together: setting, reference and reason, and no value", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/keyturn", { session: CANARY, empty: "", list: ["a"], two: `1:${CANARY},2:${CANARY}` });
    vault.put("kv/gone", { key: CANARY });
    vault.delete("kv/gone", 1);
    vault.put("kv/secret", { url: CANARY });
    const refusal = await refusalOf({
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: vault.newToken(/^kv\/data\/(?!secret)/),
      DATABASE_URL: "vault:kv/secret#url",
      BETTER_AUTH_SECRETS:
        "3:vault:kv/keyturn#Session,2:vault:kv/keyturn#two,1:vault:kv/keyturn?version=9#session",
      KEY_ENCRYPTION_KEYS: "2:vault:kv/gone#key,1:vault:kv/keyturn#list",
      SMTP_URL: "vault:kv/nothing#url",
      REDIS_URL: "vault:kv/keyturn#empty",
    });
    expect(refusal.split("\n").slice(1)).toEqual([
      '  - DATABASE_URL: vault:kv/secret#url: Vault does not allow it (403); the token\'s policy needs "read" on kv/data/secret',
      "  - BETTER_AUTH_SECRETS: vault:kv/keyturn#Session: the secret is there, but has no field Session",
      "  - BETTER_AUTH_SECRETS: vault:kv/keyturn#two: expected one secret, no list",
      "  - BETTER_AUTH_SECRETS: vault:kv/keyturn?version=9#session: there is nothing at that path, or no KV version 2 engine at kv (404)",
      "  - KEY_ENCRYPTION_KEYS: vault:kv/gone#key: that version was deleted or destroyed (404)",
      "  - KEY_ENCRYPTION_KEYS: vault:kv/keyturn#list: expected text in the field list",
      "  - SMTP_URL: vault:kv/nothing#url: there is nothing at that path, or no KV version 2 engine at kv (404)",
      "  - REDIS_URL: vault:kv/keyturn#empty: expected text in the field empty",
    ]);
    expect(refusal).not.toContain(CANARY);
  });

  test("is not shown when it does not fit its setting", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/keyturn", { a: `ftp://${CANARY}`, b: "canary" });
    const refusal = await refusalOf({
      ...byToken(vault),
      DATABASE_URL: "vault:kv/keyturn#a",
      SMTP_URL: "vault:kv/keyturn#a",
      BETTER_AUTH_SECRETS: "1:vault:kv/keyturn#b",
      KEY_ENCRYPTION_KEYS: "vault:kv/keyturn#b",
    });
    for (const name of ["DATABASE_URL", "SMTP_URL", "BETTER_AUTH_SECRETS", "KEY_ENCRYPTION_KEYS"])
      expect(refusal).toContain(`- ${name}: expected`);
    expect(refusal).not.toContain("canary");
  });

  test("is asked for again while Vault is sealed, and refused when it stays so", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/mail", { url: "smtp://mail.internal" });
    vault.seal(2);
    const environment = { ...byToken(vault), SMTP_URL: "vault:kv/mail#url" };
    expect((await loadConfigWithVault(environment, RETRYING)).SMTP_URL).toBe("smtp://mail.internal");
    vault.seal(Number.POSITIVE_INFINITY);
    const refusal = await refusalOf(environment, { limitMs: 5_000, retryMs: 600 });
    expect(refusal).toContain("it is sealed or not ready (503)");
    expect(refusal).not.toContain(environment.VAULT_TOKEN);
    expect(vault.requests.length).toBeGreaterThan(5);
  });

  test("is waited for no longer than the limit", async () => {
    await using vault = await startVaultServer();
    vault.hang();
    const began = performance.now();
    const refusal = await refusalOf(
      { ...byToken(vault), SMTP_URL: "vault:kv/mail#url" },
      { limitMs: 500, retryMs: 400 },
    );
    expect(refusal).toContain("no answer within 0.5 s");
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("is explained where nobody listens, and to a token nobody knows", async () => {
    await using vault = await startVaultServer();
    const environment = {
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: `hvs.${CANARY}`,
      SMTP_URL: "vault:kv/mail#url",
    };
    expect(await refusalOf(environment)).toContain(
      "SMTP_URL: vault:kv/mail#url: Vault does not allow it (403)",
    );
    const nowhere = await refusalOf({ ...environment, VAULT_ADDR: `http://127.0.0.1:${await freePort()}` });
    expect(nowhere).toContain("ECONNREFUSED");
    expect(nowhere).not.toContain(CANARY);
  });
});

describe("a mistake that can be seen without asking", () => {
  test("is told with all others, and Vault is not asked", async () => {
    await using vault = await startVaultServer();
    const refusal = await refusalOf({
      VAULT_ADDR: vault.url,
      VAULT_TOKEN: "t",
      VAULT_KUBERNETES_ROLE: "keyturn",
      VAULT_CACERT: "/nowhere/ca.pem",
      SMTP_URL: "vault:kv/mail",
      DATABASE_URL_FILE: "/nowhere/url",
      BETTER_AUTH_SECRETS: "2:vault:kv/keyturn#session,1:vault:keyturn#session",
    });
    expect(refusal).toContain("5 mistakes");
    expect(refusal).toContain("VAULT_TOKEN: expected one of VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID");
    for (const name of ["VAULT_CACERT", "DATABASE_URL_FILE"])
      expect(refusal).toContain(`${name}: expected a readable file`);
    for (const name of ["SMTP_URL", "BETTER_AUTH_SECRETS"])
      expect(refusal).toContain(`${name}: expected a reference of the form vault:<mount>/<path>#<field>`);
    expect(vault.requests).toEqual([]);
  });

  test.each([
    ["no address", { VAULT_ADDR: "" }, "VAULT_ADDR: expected, since"],
    [
      "http to another machine",
      { VAULT_ADDR: "http://vault.internal:8200" },
      "http on a loopback address only",
    ],
    ["a password in the address", { VAULT_ADDR: `https://u:${CANARY}@vault` }, "VAULT_ADDR: expected a URL"],
    ["no identity", { VAULT_TOKEN: "" }, "VAULT_TOKEN: expected one of"],
    ["half an AppRole", { VAULT_TOKEN: "", VAULT_ROLE_ID: "r" }, "VAULT_SECRET_ID: expected beside"],
    ["the other half", { VAULT_TOKEN: "", VAULT_SECRET_ID: CANARY }, "VAULT_ROLE_ID: expected beside"],
    ["a token from Vault itself", { VAULT_TOKEN: "vault:kv/t#t" }, "VAULT_TOKEN: expected the value itself"],
    ["a token over two lines", { VAULT_TOKEN: `${CANARY}\nb` }, "VAULT_TOKEN: expected a token without"],
  ])("is %s", async (_, environment, said) => {
    const usable = { VAULT_ADDR: "https://127.0.0.1:1", VAULT_TOKEN: "t", SMTP_URL: "vault:kv/mail#url" };
    const refusal = await refusalOf({ ...usable, ...environment });
    expect(refusal).toContain(said);
    expect(refusal).not.toContain(CANARY);
  });

  test.each([
    "vault:",
    "vault:kv",
    "vault:kv#f",
    "vault:kv/#f",
    "vault:kv//p#f",
    "vault:kv/../p#f",
    "vault:kv/a%2F..%2Fb#f",
    "vault:kv/p",
    "vault:kv/p#",
    "vault:kv/p?version=1#f?version=1",
    "vault:kv/p#f?v=1",
    "vault:kv/p?version=0#f",
    "vault:kv/p?version=x#f",
    "vault:kv/%E0%A4%A#f",
    "vault:kv/p#f,x",
  ])("is the reference %s", async (text) => {
    const refusal = await refusalOf({ VAULT_ADDR: "https://127.0.0.1:1", VAULT_TOKEN: "t", SMTP_URL: text });
    expect(refusal).toContain("SMTP_URL: expected a reference of the form");
  });
});
