/** The person behind a session or an API key, and how a row tells of them. */

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly emailVerified: boolean;
  readonly name: string;
  readonly role: string | null;
  readonly twoFactorEnabled: boolean;
}

/** Columns of "user" that a statement of ours selects, `id` as `user_id`. */
export interface PersonRow {
  readonly user_id: string;
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
  readonly role: string | null;
  readonly two_factor_enabled: boolean;
}

export const toPerson = (row: PersonRow): Person => ({
  id: row.user_id,
  email: row.email,
  emailVerified: row.email_verified,
  name: row.name,
  role: row.role,
  twoFactorEnabled: row.two_factor_enabled,
});
