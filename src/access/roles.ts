/**
 * Roles and what they allow, as data. Pure. It owns the meaning of a role, not who has it: that is the `role`
 * column of a user, a comma-separated list as Better Auth writes it.
 */

/** What somebody may do to Keyturn itself; the part after the colon is the verb. */
const PERMISSIONS = ["keys:read", "keys:rotate", "keys:revoke"] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** The role that administers Keyturn. */
export const ADMIN_ROLE = "admin";
export const DEFAULT_ROLE = "user";

const PERMISSIONS_OF_ROLE: Readonly<Record<string, readonly Permission[]>> = {
  [ADMIN_ROLE]: PERMISSIONS,
  [DEFAULT_ROLE]: [],
};

/** `"admin,user"` → `["admin", "user"]`; nobody is without a role. */
export function rolesOf(column: string | null): string[] {
  const roles = (column ?? "")
    .split(",")
    .map((role) => role.trim())
    .filter((role) => role !== "");
  return roles.length === 0 ? [DEFAULT_ROLE] : roles;
}

/** Without duplicates, in the order of the roles. An unknown role allows nothing. */
export const permissionsOf = (roles: readonly string[]): Permission[] => [
  ...new Set(
    roles.flatMap((role) =>
      Object.hasOwn(PERMISSIONS_OF_ROLE, role) ? (PERMISSIONS_OF_ROLE[role] ?? []) : [],
    ),
  ),
];
