/** How Vault is reached, as settings. What they mean together is `access.ts`'s business. */
import { z } from "zod";

const isSafeAddress = (text: string): boolean => {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "" || search !== "" || hash !== "") return false;
  const isLoopback =
    hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  return protocol === "https:" || (protocol === "http:" && isLoopback);
};

/** The name of a role or a mount: what may stand in a path of Vault's. */
const name = z.string().regex(/^[\w./-]{1,200}$/, "expected a name of letters, digits and _-./");

/** Sent in a header. */
const token = z.string().regex(/^[\x21-\x7e]+$/, "expected a token without spaces or line breaks");

export const vaultSettings = {
  VAULT_ADDR: z
    .string()
    .refine(isSafeAddress, {
      error: "expected a URL such as https://vault.example.com:8200 (http on a loopback address only)",
    })
    .optional()
    .describe(
      "HashiCorp Vault or OpenBao, for secrets that are references to it: `vault:<mount>/<path>#<field>`. [secrets.md](secrets.md) describes them.",
    ),
  VAULT_NAMESPACE: name.optional().describe("Namespace in Vault."),
  VAULT_CACERT: z
    .string()
    .optional()
    .describe("File of the certificate authority, in PEM, that Vault's certificate is from."),
  VAULT_TOKEN: token.optional().describe("Vault token. Or log in by AppRole or Kubernetes, below."),
  VAULT_ROLE_ID: z.string().optional().describe("AppRole login: the role id."),
  VAULT_SECRET_ID: z.string().optional().describe("AppRole login: the secret id."),
  VAULT_APPROLE_MOUNT: name.default("approle").describe("Where AppRole is mounted, below `auth/`."),
  VAULT_KUBERNETES_ROLE: name.optional().describe("Kubernetes login: the role in Vault."),
  VAULT_KUBERNETES_MOUNT: name.default("kubernetes").describe("Where Kubernetes is mounted, below `auth/`."),
  VAULT_KUBERNETES_TOKEN_PATH: z
    .string()
    .default("/var/run/secrets/kubernetes.io/serviceaccount/token")
    .describe("File of the service account's token."),
};

const schema = z.object(vaultSettings);
export type VaultSettings = z.infer<typeof schema>;
