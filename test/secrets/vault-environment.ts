/** What the tests of references to Vault share: a refusal as text, files, and an environment with a token. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StartupError } from "../../src/errors.ts";
import type { VaultPatience } from "../../src/vault/client.ts";
import { loadConfigWithVault } from "../../src/vault/load-config.ts";
import type { VaultServer } from "./vault-server.ts";

/** Never to be seen in what is said. */
export const CANARY = "canary-canary-canary-canary-canary-canary";

const SHORT: VaultPatience = { limitMs: 5_000, retryMs: 0 };

export const byToken = (vault: VaultServer) => ({ VAULT_ADDR: vault.url, VAULT_TOKEN: vault.newToken() });

/** What is said against this environment. */
export async function refusalOf(
  environment: Record<string, string>,
  patience: VaultPatience = SHORT,
): Promise<string> {
  try {
    await loadConfigWithVault(environment, patience);
  } catch (error) {
    if (error instanceof StartupError) return error.message;
    throw error;
  }
  throw new Error("the configuration was accepted");
}

export function createFolder() {
  const path = mkdtempSync(join(tmpdir(), "keyturn-vault-"));
  return {
    path,
    write(name: string, content: string): string {
      writeFileSync(join(path, name), content);
      return join(path, name);
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
