/**
 * Roles, permissions and APIs as one piece of data: those Keyturn comes with, those of keyturn.config.ts, and those that
 * administrators have made. Pure. Reading and writing them is `store.ts`'s business, keeping them at hand `book.ts`'s.
 */
import { limitTo } from "./permission.ts";
import { ADMIN_ROLE, DEFAULT_ROLE, KEYTURN_PERMISSIONS } from "./roles.ts";

/** Who has said so: what comes from the program or its configuration cannot be changed over HTTP. */
type Source = "built-in" | "config" | "database";

export interface Role {
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  /** Whether nobody may use it without a second factor. */
  readonly secondFactor: boolean;
  readonly source: Source;
}

/** Something that accepts tokens: its name in `aud`, and what its tokens are like. */
export interface Api {
  readonly audience: string;
  readonly name: string;
  /** The most a token for it carries. */
  readonly permissions: readonly string[];
  /** Milliseconds; `TOKEN_TTL` where there is none. */
  readonly tokenTtl: number | undefined;
  /** The first of `KEY_ALGORITHMS` where there is none. */
  readonly algorithm: string | undefined;
  readonly source: Source;
}

export interface AccessModel {
  readonly roles: ReadonlyMap<string, Role>;
  readonly apis: ReadonlyMap<string, Api>;
}

export interface Declared {
  readonly roles: readonly Role[];
  readonly apis: readonly Api[];
}

const BUILT_IN: readonly Role[] = [
  {
    name: ADMIN_ROLE,
    description: "Administers Keyturn.",
    permissions: KEYTURN_PERMISSIONS,
    secondFactor: false,
    source: "built-in",
  },
  {
    name: DEFAULT_ROLE,
    description: "Everybody else.",
    permissions: [],
    secondFactor: false,
    source: "built-in",
  },
];

/** Of two with one name the later counts, except that `admin` always keeps what it takes to administer Keyturn. */
export function buildModel(...declared: readonly Declared[]): AccessModel {
  const roles = new Map(
    [...BUILT_IN, ...declared.flatMap((each) => each.roles)].map((role) => [role.name, role]),
  );
  const admin = roles.get(ADMIN_ROLE);
  if (admin !== undefined && admin.source !== "built-in") {
    const permissions = [...new Set([...KEYTURN_PERMISSIONS, ...admin.permissions])];
    roles.set(ADMIN_ROLE, { ...admin, permissions });
  }
  const apis = new Map(declared.flatMap((each) => each.apis).map((api) => [api.audience, api]));
  return { roles, apis };
}

/** Without duplicates, in the order of the roles. An unknown role allows nothing. */
export const permissionsOf = ({ roles }: AccessModel, held: readonly string[]): string[] => [
  ...new Set(held.flatMap((name) => roles.get(name)?.permissions ?? [])),
];

/** The first of these roles that wants a second factor; undefined where none does. */
export const roleWithSecondFactor = ({ roles }: AccessModel, held: readonly string[]): string | undefined =>
  held.find((name) => roles.get(name)?.secondFactor === true);

/** What a token for this API may carry; all of it where the API is not a registered one. */
export const permissionsFor = (permissions: readonly string[], api: Api | undefined): readonly string[] =>
  api === undefined ? permissions : limitTo(permissions, api.permissions);
