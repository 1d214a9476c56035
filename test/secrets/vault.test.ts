/** Secrets that are references to Vault: what is fetched, by whom, and what is left behind. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfigWithoutVault, loadConfigWithVault } from "../../src/vault/load-config.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { ready, runKeyturn, spawnKeyturn } from "../support/process.ts";
import { freePort, TEST_SECRETS } from "../support/server.ts";
import { byToken, CANARY, createFolder, refusalOf } from "./vault-environment.ts";
import { startVaultServer } from "./vault-server.ts";

describe("a secret that is a reference", () => {
  test("is the field of the newest version, or of the one it names; whole, or in a list of versions", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/keyturn", { session: `old-${CANARY}`, db: "postgres://u:old@db/x" });
    vault.put("kv/keyturn", { session: `new-${CANARY}`, db: "postgres://u:new@db/x\n" });
    vault.put("kv/keys", { all: TEST_SECRETS.KEY_ENCRYPTION_KEYS });
    const config = await loadConfigWithVault({
      ...byToken(vault),
      DATABASE_URL: "vault:kv/keyturn#db",
      BETTER_AUTH_SECRETS: `3:literal-${CANARY}, 2:vault:kv/keyturn#session,1:vault:kv/keyturn#session?version=1`,
      KEY_ENCRYPTION_KEYS: "vault:kv/keys#all",
    });
    expect(config.DATABASE_URL).toBe("postgres://u:new@db/x");
    expect(config.BETTER_AUTH_SECRETS).toEqual([
      { version: 3, value: `literal-${CANARY}` },
      { version: 2, value: `new-${CANARY}` },
      { version: 1, value: `old-${CANARY}` },
    ]);
    expect(config.KEY_ENCRYPTION_KEYS?.length).toBe(1);
    const read = vault.requests.map(({ path }) => path).filter((path) => path.includes("/data/"));
    expect(read.toSorted(), "each secret is read once").toEqual([
      "/v1/kv/data/keys",
      "/v1/kv/data/keyturn",
      "/v1/kv/data/keyturn?version=1",
    ]);
  });

  test("may stand in a file, and may have names with a slash or a comma in them", async () => {
    using folder = createFolder();
    await using vault = await startVaultServer();
    vault.put("team/kv/a,b/c d", { "smtp#url": "smtp://mail.internal" });
    const file = folder.write("reference", "vault:team%2Fkv/a%2Cb/c%20d#smtp%23url\n");
    const config = await loadConfigWithVault({ ...byToken(vault), SMTP_URL_FILE: file });
    expect(config.SMTP_URL).toBe("smtp://mail.internal");
  });

  test("is fetched once: what Vault gives is not taken for another reference", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/a", { url: "vault:kv/b#url" });
    vault.put("kv/b", { url: "smtp://mail.internal" });
    const refusal = await refusalOf({ ...byToken(vault), SMTP_URL: "vault:kv/a#url" });
    expect(refusal).toContain("SMTP_URL: expected a URL");
  });

  test("asks nothing of Vault where there is none, and nothing at all of a command that needs no secret", async () => {
    await using vault = await startVaultServer();
    const environment = { ...byToken(vault), ISSUER: "https://auth.example.com" };
    expect((await loadConfigWithVault(environment)).ISSUER).toBe("https://auth.example.com");
    const referring = { ...environment, BETTER_AUTH_SECRETS: "vault:kv/keyturn#session" };
    expect(loadConfigWithoutVault(referring)).toMatchObject({ ISSUER: "https://auth.example.com" });
    expect(vault.requests).toEqual([]);
  });

  test("leaves nothing in the configuration that opens Vault", async () => {
    await using vault = await startVaultServer();
    const environment = byToken(vault);
    expect(JSON.stringify(await loadConfigWithVault(environment))).not.toContain(environment.VAULT_TOKEN);
  });
});

describe("who asks", () => {
  test("is a token that was given, which each start renews and none revokes", async () => {
    await using vault = await startVaultServer();
    vault.put("kv/mail", { url: "smtp://mail.internal" });
    for (const isRenewable of [true, false]) {
      const token = vault.newToken(/^kv\/data\/mail$/, isRenewable);
      const environment = { VAULT_ADDR: vault.url, VAULT_TOKEN: token, SMTP_URL: "vault:kv/mail#url" };
      expect((await loadConfigWithVault(environment)).SMTP_URL).toBe("smtp://mail.internal");
      expect(vault.requests.at(-1)).toMatchObject({ path: "/v1/auth/token/renew-self", token });
      expect(vault.isValid(token)).toBe(true);
    }
  });

  test.each(["approle", "machines/approle"])(
    "is an AppRole at %s, whose token is revoked when all is read",
    async (mount) => {
      using folder = createFolder();
      await using vault = await startVaultServer();
      vault.put("kv/mail", { url: "smtp://mail.internal" });
      vault.allowAppRole(mount, "role-1", CANARY);
      const environment = {
        VAULT_ADDR: `${vault.url}/`,
        VAULT_ROLE_ID: "role-1",
        VAULT_SECRET_ID_FILE: folder.write("secret-id", `${CANARY}\n`),
        SMTP_URL: "vault:kv/mail#url",
        ...(mount !== "approle" && { VAULT_APPROLE_MOUNT: mount }),
      };
      expect((await loadConfigWithVault(environment)).SMTP_URL).toBe("smtp://mail.internal");
      const { path, token = "" } = vault.requests.at(-1) ?? {};
      expect(path).toBe("/v1/auth/token/revoke-self");
      expect(token).toMatch(/^hvs\./);
      expect(vault.isValid(token)).toBe(false);

      const refusal = await refusalOf({ ...environment, VAULT_ROLE_ID: "role-2" });
      expect(refusal).toContain(`login at auth/${mount} was refused (400); look at VAULT_ROLE_ID`);
      expect(refusal).toContain("SMTP_URL (vault:kv/mail#url)");
    },
  );

  test("is a Kubernetes service account, by the token in its file", async () => {
    using folder = createFolder();
    await using vault = await startVaultServer();
    vault.put("kv/mail", { url: "smtp://mail.internal" });
    vault.allowKubernetes("kubernetes", "keyturn", CANARY);
    const environment = {
      VAULT_ADDR: vault.url,
      VAULT_KUBERNETES_ROLE: "keyturn",
      VAULT_KUBERNETES_TOKEN_PATH: folder.write("token", CANARY),
      SMTP_URL: "vault:kv/mail#url",
    };
    expect((await loadConfigWithVault(environment)).SMTP_URL).toBe("smtp://mail.internal");
    expect(vault.isValid(vault.requests.at(-1)?.token ?? "")).toBe(false);
    const refusal = await refusalOf({ ...environment, VAULT_KUBERNETES_ROLE: "other" });
    expect(refusal).toContain("look at VAULT_KUBERNETES_ROLE");
    expect(
      await refusalOf({ ...environment, VAULT_KUBERNETES_TOKEN_PATH: join(folder.path, "missing") }),
    ).toContain("VAULT_KUBERNETES_TOKEN_PATH: expected a readable file");
    expect(
      await refusalOf({ ...environment, VAULT_KUBERNETES_TOKEN_PATH: folder.write("empty", "\n") }),
    ).toContain("VAULT_KUBERNETES_TOKEN_PATH: expected a file with something in it");
  });

  test("says so in every request where there is a namespace", async () => {
    await using vault = await startVaultServer({ namespace: "team-a" });
    vault.put("kv/mail", { url: "smtp://mail.internal" });
    vault.allowAppRole("approle", "role-1", CANARY);
    const environment = {
      VAULT_ADDR: vault.url,
      VAULT_ROLE_ID: "role-1",
      VAULT_SECRET_ID: CANARY,
      SMTP_URL: "vault:kv/mail#url",
    };
    const config = await loadConfigWithVault({ ...environment, VAULT_NAMESPACE: "team-a" });
    expect(config.SMTP_URL).toBe("smtp://mail.internal");
    expect(vault.requests.map(({ namespace }) => namespace)).toEqual(["team-a", "team-a", "team-a"]);
    expect(await refusalOf(environment)).toContain("login at auth/approle was refused (404)");
  });
});

describe("Vault behind TLS", () => {
  test("is believed with a certificate of VAULT_CACERT, and with no other", async () => {
    using folder = createFolder();
    const key = join(folder.path, "key.pem");
    const cert = join(folder.path, "cert.pem");
    execFileSync(
      "openssl",
      `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=vault -addext subjectAltName=IP:127.0.0.1 -keyout ${key} -out ${cert}`.split(
        " ",
      ),
      { stdio: "ignore" },
    );
    const tls = { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
    await using vault = await startVaultServer({ tls });
    vault.put("kv/mail", { url: "smtp://mail.internal" });
    const environment = { ...byToken(vault), SMTP_URL: "vault:kv/mail#url" };
    const config = await loadConfigWithVault({ ...environment, VAULT_CACERT: cert });
    expect(config.SMTP_URL).toBe("smtp://mail.internal");
    expect(await refusalOf(environment)).toContain("self-signed certificate");
    expect(vault.requests.length, "an unknown server is not shown the token").toBe(2);
  });
});

describe("a server whose secrets are in Vault", () => {
  test("starts with them, and so do commands; it shows none when it cannot", async () => {
    await using database = await createTestDatabase();
    await using vault = await startVaultServer();
    vault.put("kv/keyturn", {
      database: database.url,
      session: TEST_SECRETS.BETTER_AUTH_SECRETS,
      keys: TEST_SECRETS.KEY_ENCRYPTION_KEYS,
    });
    vault.allowAppRole("approle", "role-1", CANARY);
    const env = {
      HOST: "localhost",
      PORT: String(await freePort()),
      VAULT_ADDR: vault.url,
      VAULT_ROLE_ID: "role-1",
      VAULT_SECRET_ID: CANARY,
      DATABASE_URL: "vault:kv/keyturn#database",
      BETTER_AUTH_SECRETS: "vault:kv/keyturn#session",
      KEY_ENCRYPTION_KEYS: "vault:kv/keyturn#keys",
    };
    await using server = spawnKeyturn("main.ts", [], env);
    await ready(server);
    expect(await runKeyturn(["keys", "list", "--json"], env)).toMatchObject({ code: 0 });
    expect(vault.requests.filter(({ path }) => path === "/v1/auth/approle/login").length).toBe(2);

    const refused = await runKeyturn(["keys", "list"], { ...env, DATABASE_URL: "vault:kv/keyturn#typo" });
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("DATABASE_URL: vault:kv/keyturn#typo: the secret is there");
    for (const { output } of [refused, { output: server.output() }])
      expect(output).not.toMatch(/canary|    at /);
  });
});
