/**
 * The configuration, with the secrets that are references to Vault fetched from there. What can be found wrong without
 * asking Vault is told first, all together; then whatever Vault would not give, all together.
 */
import {
  type Config,
  type Environment,
  parseSettings,
  readValues,
  refusal,
  toConfig,
  type Values,
} from "../config.ts";
import { SECRET_SETTINGS } from "../settings.ts";
import { type VaultAccess, vaultAccess } from "./access.ts";
import type { VaultPatience } from "./client.ts";
import { type Piece, parseReference, piecesOf, REFERENCE_FORM, type VaultReference } from "./reference.ts";

/** As `loadConfig`. Vault is asked only if a secret refers to it. */
export async function loadConfigWithVault(
  environment?: Environment,
  patience?: VaultPatience,
): Promise<Config> {
  const { values, plain, referring, mistakes } = readReferences(environment);
  if (referring.length === 0) return toConfig(values, mistakes);

  const parsed = parseSettings(plain);
  const opened = parsed.settings && vaultAccess(parsed.settings);
  const wrong = [
    ...mistakes,
    ...parsed.mistakes,
    ...(opened?.mistakes ?? []),
    ...referring.flatMap((name) => misplaced(name, values[name])),
  ];
  if (opened?.access === undefined || wrong.length > 0) throw refusal(wrong);
  return toConfig({ ...plain, ...(await fetchSecrets(values, referring, opened.access, patience)) });
}

/** For what needs no secret: those that refer to Vault are absent here, and Vault is not asked. */
export function loadConfigWithoutVault(environment?: Environment): Config {
  const { plain, mistakes } = readReferences(environment);
  return toConfig(plain, mistakes);
}

/** All values, the names of those that refer to Vault, and the plain ones. */
function readReferences(environment: Environment | undefined) {
  const { values, mistakes } = readValues(environment);
  const referring = SECRET_SETTINGS.filter((name) => referencesIn(values[name]).length > 0);
  const plain = { ...values };
  for (const name of referring) delete plain[name];
  return { values, plain, referring, mistakes };
}

const referencesIn = (value = ""): readonly string[] =>
  piecesOf(value).flatMap(({ isReference, text }) => (isReference ? [text] : []));

function misplaced(name: string, value: string | undefined): string[] {
  if (name.startsWith("VAULT_")) return [`${name}: expected the value itself: it is what opens Vault`];
  return referencesIn(value)
    .filter((text) => parseReference(text) === undefined)
    .map(() => `${name}: expected a reference of the form ${REFERENCE_FORM}`);
}

async function fetchSecrets(
  values: Values,
  names: readonly string[],
  access: VaultAccess,
  patience: VaultPatience | undefined,
): Promise<Values> {
  const { resolveReferences } = await import("./resolve.ts");
  const references = names
    .flatMap((name) => referencesIn(values[name]))
    .map(parseReference)
    .filter((reference): reference is VaultReference => reference !== undefined);
  const resolved = await resolveReferences(access, references, patience);
  if ("unreachable" in resolved) {
    const waiting = names.map((name) => `${name} (${referencesIn(values[name]).join(", ")})`).join(", ");
    throw refusal([`VAULT_ADDR: ${access.address} gave nothing for ${waiting}: ${resolved.unreachable}`]);
  }

  const mistakes: string[] = [];
  const replace = (name: string, { before, text, isReference }: Piece): string => {
    if (!isReference) return `${before}${text}`;
    const found = resolved.get(text);
    if (found !== undefined && "value" in found && (before === "" || !found.value.includes(","))) {
      return `${before}${found.value}`;
    }
    const problem =
      found !== undefined && "problem" in found ? found.problem : "expected one secret, no list";
    mistakes.push(`${name}: ${text}: ${problem}`);
    return "";
  };
  const secrets = names.map((name): [string, string] => [
    name,
    piecesOf(values[name] ?? "")
      .map((piece) => replace(name, piece))
      .join(","),
  ]);
  if (mistakes.length > 0) throw refusal(mistakes);
  return Object.fromEntries(secrets);
}
