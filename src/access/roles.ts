/**
 * The roles Keyturn comes with, and who has which: a comma-separated list in the `role` column of a user, as Better Auth
 * writes it. Pure. What a role allows is the model's to say (`model.ts`).
 */

/** What somebody may do to Keyturn itself; the part after the colon is the verb. */
export const KEYTURN_PERMISSIONS = [
  "keys:read",
  "keys:rotate",
  "keys:revoke",
  "users:read",
  "users:write",
  "users:delete",
  "users:impersonate",
  "sessions:read",
  "sessions:revoke",
  "roles:read",
  "roles:write",
  "apis:read",
  "apis:write",
  "organizations:read",
  "organizations:write",
  "audit:read",
] as const;
export type Permission = (typeof KEYTURN_PERMISSIONS)[number];

/** The role that administers Keyturn. */
export const ADMIN_ROLE = "admin";
export const DEFAULT_ROLE = "user";

/** `"admin,user"` → `["admin", "user"]`; nobody is without a role. */
export function rolesOf(column: string | null): string[] {
  const roles = (column ?? "")
    .split(",")
    .map((role) => role.trim())
    .filter((role) => role !== "");
  return roles.length === 0 ? [DEFAULT_ROLE] : roles;
}
