/** Where Vault is and who we are to it, from the settings and the files they name; or what is wrong with them. */
import { readFileSync } from "node:fs";
import { reasonOf } from "../errors.ts";
import type { VaultSettings } from "./settings.ts";

/** A token we were given, or what a login is done with. */
type VaultIdentity =
  | { readonly kind: "token"; readonly token: string }
  | {
      readonly kind: "login";
      readonly mount: string;
      readonly body: Readonly<Record<string, string>>;
      /** The settings to look at when it is refused. */
      readonly settings: string;
    };

export interface VaultAccess {
  readonly address: string;
  readonly namespace: string | undefined;
  readonly ca: string | undefined;
  readonly identity: VaultIdentity;
}

export type VaultAccessOrMistakes =
  | { readonly access: VaultAccess; readonly mistakes: readonly [] }
  | { readonly access: undefined; readonly mistakes: readonly string[] };

const EXPECTED = "VAULT_TOKEN, VAULT_ROLE_ID with VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE";

/** Asked only when a secret refers to Vault. */
export function vaultAccess(settings: VaultSettings): VaultAccessOrMistakes {
  const mistakes: string[] = [];
  const read = (name: string, path: string): string => {
    try {
      const content = readFileSync(path, "utf8").trim();
      if (content === "") mistakes.push(`${name}: expected a file with something in it, but it is empty`);
      return content;
    } catch (error) {
      mistakes.push(`${name}: expected a readable file (${reasonOf(error)})`);
      return "";
    }
  };
  const { VAULT_ADDR: address, VAULT_NAMESPACE: namespace, VAULT_CACERT } = settings;
  if (address === undefined) mistakes.push("VAULT_ADDR: expected, since a secret refers to Vault");
  const ca = VAULT_CACERT === undefined ? undefined : read("VAULT_CACERT", VAULT_CACERT);
  const identity = identityOf(settings, read);
  if (typeof identity === "string") mistakes.push(identity);
  if (address === undefined || typeof identity === "string" || mistakes.length > 0)
    return { access: undefined, mistakes };
  return { access: { address, namespace, ca, identity }, mistakes: [] };
}

function identityOf(
  settings: VaultSettings,
  read: (name: string, path: string) => string,
): VaultIdentity | string {
  const { VAULT_TOKEN: token, VAULT_ROLE_ID, VAULT_SECRET_ID, VAULT_KUBERNETES_ROLE: role } = settings;
  const isAppRole = VAULT_ROLE_ID !== undefined || VAULT_SECRET_ID !== undefined;
  const ways = [token !== undefined, isAppRole, role !== undefined].filter(Boolean).length;
  if (ways > 1) return `VAULT_TOKEN: expected one of ${EXPECTED}; more than one is set`;
  if (token !== undefined) return { kind: "token", token };
  if (role !== undefined) {
    const jwt = read("VAULT_KUBERNETES_TOKEN_PATH", settings.VAULT_KUBERNETES_TOKEN_PATH);
    const mount = settings.VAULT_KUBERNETES_MOUNT;
    return { kind: "login", mount, body: { role, jwt }, settings: "VAULT_KUBERNETES_ROLE" };
  }
  if (!isAppRole) return `VAULT_TOKEN: expected one of ${EXPECTED}, since a secret refers to Vault`;
  if (VAULT_ROLE_ID === undefined) return "VAULT_ROLE_ID: expected beside VAULT_SECRET_ID";
  if (VAULT_SECRET_ID === undefined) return "VAULT_SECRET_ID: expected beside VAULT_ROLE_ID";
  return {
    kind: "login",
    mount: settings.VAULT_APPROLE_MOUNT,
    body: { role_id: VAULT_ROLE_ID, secret_id: VAULT_SECRET_ID },
    settings: "VAULT_ROLE_ID, VAULT_SECRET_ID",
  };
}
