/**
 * Fetches what references name, once, at start. A token from a login is given back right after: nothing is read later,
 * so there is nothing to keep it for. One we were given is the operator's; each start renews it.
 */
import { z } from "zod";
import type { VaultAccess } from "./access.ts";
import { createVaultClient, type VaultClient, type VaultPatience, VaultUnreachable } from "./client.ts";
import type { VaultReference } from "./reference.ts";

/** What a reference stands for, or why that is not known: a sentence without anything Vault has said. */
export type Resolved = { readonly value: string } | { readonly problem: string };

const PATIENCE: VaultPatience = { limitMs: 10_000, retryMs: 5_000 };

const loggedIn = z.object({ auth: z.object({ client_token: z.string().min(1) }) });
const secretOf = z.object({ data: z.object({ data: z.record(z.string(), z.unknown()) }) });
const goneVersion = z.object({ data: z.object({ data: z.null(), metadata: z.object({}) }) });

/** By the text of the reference; or the reason why nothing could be asked at all. */
export async function resolveReferences(
  access: VaultAccess,
  references: readonly VaultReference[],
  patience: VaultPatience = PATIENCE,
): Promise<ReadonlyMap<string, Resolved> | { readonly unreachable: string }> {
  try {
    return await readAll(createVaultClient(access, patience), access, references);
  } catch (error) {
    if (error instanceof VaultUnreachable) return { unreachable: error.message };
    throw error;
  }
}

async function readAll(
  client: VaultClient,
  access: VaultAccess,
  references: readonly VaultReference[],
): Promise<ReadonlyMap<string, Resolved>> {
  const token = await tokenOf(client, access);
  try {
    const secrets = new Map<string, Promise<Resolved | Secret>>();
    const resolved = references.map(async (reference): Promise<[string, Resolved]> => {
      const place = placeOf(reference);
      const secret = secrets.get(place) ?? readSecret(client, token, reference);
      secrets.set(place, secret);
      return [reference.text, fieldOf(await secret, reference)];
    });
    return new Map(await Promise.all(resolved));
  } finally {
    const farewell = access.identity.kind === "login" ? "revoke-self" : "renew-self";
    // Neither is worth failing for: a token that cannot be revoked or renewed ends by itself.
    await client("POST", `auth/token/${farewell}`, { token, body: {} }).catch(() => undefined);
  }
}

async function tokenOf(client: VaultClient, { identity }: VaultAccess): Promise<string> {
  if (identity.kind === "token") return identity.token;
  const { status, body } = await client("POST", `auth/${identity.mount}/login`, { body: identity.body });
  const parsed = loggedIn.safeParse(body);
  if (status === 200 && parsed.success) return parsed.data.auth.client_token;
  throw new VaultUnreachable(
    `the login at auth/${identity.mount} was refused (${status}); look at ${identity.settings}`,
  );
}

interface Secret {
  readonly fields: Readonly<Record<string, unknown>>;
}

const placeOf = ({ mount, path, version }: VaultReference): string =>
  `${mount}/data/${path}${version === undefined ? "" : `?version=${version}`}`;

async function readSecret(
  client: VaultClient,
  token: string,
  reference: VaultReference,
): Promise<Resolved | Secret> {
  const { status, body } = await client("GET", placeOf(reference), { token });
  const { mount, path } = reference;
  if (status === 403) {
    return {
      problem: `Vault does not allow it (403); the token's policy needs "read" on ${mount}/data/${path}`,
    };
  }
  if (status === 404 && goneVersion.safeParse(body).success) {
    return { problem: "that version was deleted or destroyed (404)" };
  }
  if (status === 404) {
    return { problem: `there is nothing at that path, or no KV version 2 engine at ${mount} (404)` };
  }
  if (status !== 200) return { problem: `Vault answered ${status}` };
  const parsed = secretOf.safeParse(body);
  if (!parsed.success) return { problem: `expected a KV version 2 engine at ${mount}` };
  return { fields: parsed.data.data.data };
}

function fieldOf(secret: Resolved | Secret, { field }: VaultReference): Resolved {
  if (!("fields" in secret)) return secret;
  const value = Object.hasOwn(secret.fields, field) ? secret.fields[field] : undefined;
  if (value === undefined) return { problem: `the secret is there, but has no field ${field}` };
  if (typeof value !== "string" || value.trim() === "") {
    return { problem: `expected text in the field ${field}` };
  }
  return { value: value.trim() };
}
