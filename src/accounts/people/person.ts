/** A person as administrators see them: no password, no token. Pure. */
import { rolesOf } from "../../access/roles.ts";
import type { user } from "../../db/schema/accounts.ts";

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly username: string | null;
  readonly roles: readonly string[];
  readonly twoFactorEnabled: boolean;
  readonly banned: boolean;
  readonly banReason: string | null;
  readonly banExpires: Date | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export const toPerson = (row: typeof user.$inferSelect): Person => ({
  id: row.id,
  email: row.email,
  emailVerified: row.emailVerified,
  name: row.name,
  username: row.username,
  roles: rolesOf(row.role),
  twoFactorEnabled: row.twoFactorEnabled,
  banned: row.banned,
  banReason: row.banReason,
  banExpires: row.banExpires,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
});
