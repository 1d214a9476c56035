/** What keyturn.config.ts declares, as part of the model; all mistakes reported together. Pure. */
import { formatDuration, parseDuration } from "../duration.ts";
import { StartupError } from "../errors.ts";
import type { ProjectConfig } from "../project.ts";
import type { Api, Declared, Role } from "./model.ts";
import { isPermission, PERMISSION_EXPECTED } from "./permission.ts";

export interface TokenBounds {
  /** The longest lifetime a token may have, in milliseconds: keys stay public for as long. */
  readonly maxTtl: number;
  readonly algorithms: readonly string[];
}

/** Throws a `StartupError`. */
export function declaredBy({ roles = {}, apis = {} }: ProjectConfig, bounds: TokenBounds): Declared {
  const declared: Declared = {
    roles: Object.entries(roles).map(([name, role]) => ({
      name,
      description: role.description ?? "",
      permissions: role.permissions,
      secondFactor: role.secondFactor ?? false,
      source: "config" as const,
    })),
    apis: Object.entries(apis).map(([audience, { name = "", permissions, tokenTtl, algorithm }]) => ({
      audience,
      name,
      permissions,
      tokenTtl: tokenTtl === undefined ? undefined : parseDuration(tokenTtl),
      algorithm,
      source: "config" as const,
    })),
  };
  const mistakes = [
    ...declared.roles.flatMap((role) => mistakesIn(role).map((what) => `role ${role.name}: ${what}`)),
    ...declared.apis.flatMap((api) =>
      [...mistakesIn(api), ...tokenMistakes(api, bounds)].map((what) => `API ${api.audience}: ${what}`),
    ),
  ];
  if (mistakes.length === 0) return declared;
  throw new StartupError(
    `keyturn.config.ts has mistakes:\n${mistakes.map((mistake) => `  - ${mistake}`).join("\n")}`,
    "mend them and start again; docs/access.md describes roles and APIs",
  );
}

const mistakesIn = ({ permissions }: Pick<Role, "permissions">): string[] =>
  permissions
    .filter((permission) => !isPermission(permission))
    .map((wrong) => `expected ${PERMISSION_EXPECTED}, got "${wrong}"`);

/** What is wrong with the tokens of an API, in sentences. */
export function tokenMistakes(
  { tokenTtl, algorithm }: Pick<Api, "tokenTtl" | "algorithm">,
  { maxTtl, algorithms }: TokenBounds,
): string[] {
  const found: string[] = [];
  if (tokenTtl !== undefined && (tokenTtl < 1000 || tokenTtl > maxTtl)) {
    found.push(`expected a token lifetime of 1s to TOKEN_TTL = ${formatDuration(maxTtl)}`);
  }
  if (algorithm !== undefined && !algorithms.includes(algorithm)) {
    found.push(`expected an algorithm of KEY_ALGORITHMS: ${algorithms.join(", ")}; got ${algorithm}`);
  }
  return found;
}
