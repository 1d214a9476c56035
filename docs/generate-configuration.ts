/**
 * Writes docs/configuration.md and .env.example from `src/settings.ts`, the one place where settings are described.
 * Run it after a change there: `npx node docs/generate-configuration.ts`. A contract test fails when the files differ.
 */
import { writeFileSync } from "node:fs";
import { z } from "zod";
import { SECRET_SETTINGS, settingsSchema } from "../src/settings.ts";

interface Setting {
  readonly name: string;
  readonly description: string;
  /** As it is written in the environment: `5m`, not 300000. Undefined where there is none. */
  readonly byDefault: string | undefined;
  readonly isSecret: boolean;
}

/** What the environment may hold, before anything is parsed: that is what an operator writes. */
const written = z.object({
  properties: z.record(
    z.string(),
    z.object({
      description: z.string(),
      default: z.union([z.string(), z.number()]).optional(),
      enum: z.array(z.string()).optional(),
    }),
  ),
});

const SECRETS: ReadonlySet<string> = new Set(SECRET_SETTINGS);

function readSettings(): Setting[] {
  const { properties } = written.parse(z.toJSONSchema(settingsSchema, { io: "input" }));
  return Object.entries(properties).map(
    ([name, { description, default: byDefault, enum: choices = [] }]) => ({
      name,
      description:
        choices.length === 0 ? description : `${description} One of ${choices.map(code).join(", ")}.`,
      byDefault: byDefault === undefined ? undefined : String(byDefault),
      isSecret: SECRETS.has(name),
    }),
  );
}

export function renderConfiguration(): string {
  const rows = readSettings().map(({ name, description, byDefault, isSecret }) => [
    isSecret ? `${code(name)} (F)` : code(name),
    byDefault ? code(byDefault) : "—",
    description,
  ]);
  return `<!-- Written by docs/generate-configuration.ts from src/settings.ts. Change it there. -->

# Configuration

Keyturn is configured by its environment, read once at start. Every mistake is reported, all of them together, and the
server does not start with one. An empty value counts as absent. A name that is not in the table is ignored.

The server reads no \`.env\` file by itself. [\`.env.example\`](../.env.example) has every setting with its default;
load your copy with \`npx node --env-file=.env src/cli.ts start\`, or hand it to whatever runs your containers.

Durations are a whole number and a unit: \`500ms\`, \`30s\`, \`5m\`, \`24h\`, \`90d\`. Lists are separated by commas.

${table(["Setting", "Default", "Meaning"], rows)}

**(F)** may come from a file instead, whose path is in ${SECRET_SETTINGS.map((name) => code(`${name}_FILE`)).join(", ")}.
The file's content is the value, without white space at its ends. Setting both is a mistake, and so is an empty file.
But for \`VAULT_TOKEN\` and \`VAULT_SECRET_ID\`, the value may be a reference to HashiCorp Vault or OpenBao:
\`vault:<mount>/<path>#<field>\`. [secrets.md](secrets.md) says how.

## What is refused

- \`KEY_ANNOUNCE_PERIOD\` below \`JWKS_MAX_AGE + VERIFIER_CACHE_MAX_AGE + CLOCK_SKEW\`: a key would sign before every
  cache has seen it.
- \`KEY_ROTATION_PERIOD\` below \`KEY_ANNOUNCE_PERIOD\`: the next key could not be announced in time.
- \`DATABASE_URL\` without \`BETTER_AUTH_SECRETS\` and \`KEY_ENCRYPTION_KEYS\`: secrets are never made for a database that
  Keyturn did not make.
- \`KEY_ENCRYPTION_KEYS\` that cannot open the signing keys in the database. Nothing is changed then.

## Secrets

Both secrets are lists of \`<version>:<secret>\`, the newest first. Make one with:

\`\`\`sh
echo "1:$(openssl rand -base64 32)"
\`\`\`

With the embedded database they are made on the first start and kept in \`DATA_DIR/secrets.json\`, readable by its owner
only. A secret in the environment takes precedence over the one kept there. How to change them:
[secrets.md](secrets.md).
`;
}

export function renderEnvExample(): string {
  const entries = readSettings().map(({ name, description, byDefault, isSecret }) =>
    [
      `# ${description.replaceAll("`", "")}`,
      ...(isSecret ? [`# May come from a file: ${name}_FILE.`] : []),
      `# ${name}=${byDefault ?? ""}`,
    ].join("\n"),
  );
  return `# Written by docs/generate-configuration.ts from src/settings.ts. Copy it to .env and change the copy.
# Everything is optional; what follows a name is its default. docs/configuration.md says how the file is loaded.

${entries.join("\n\n")}

# Read by compose.yaml, not by Keyturn: the password of its Postgres (openssl rand -hex 24).
# POSTGRES_PASSWORD=
`;
}

/** Columns as wide as what is in them, as the formatter would set them. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

const code = (text: string): string => `\`${text}\``;

if (import.meta.main) {
  writeFileSync(new URL("configuration.md", import.meta.url), renderConfiguration());
  writeFileSync(new URL("../.env.example", import.meta.url), renderEnvExample());
}
