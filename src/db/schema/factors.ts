/** What people prove themselves with beside a password: tables of Better Auth's two-factor and passkey plugins. */
import { boolean, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { time, user } from "./accounts.ts";

const ownedByUser = () =>
  text("user_id")
    .notNull()
    .references(() => user.id, { onDelete: "cascade" });

export const twoFactor = pgTable(
  "two_factor",
  {
    id: text("id").primaryKey(),
    /** Encrypted, and so are the backup codes. */
    secret: text("secret").notNull(),
    backupCodes: text("backup_codes").notNull(),
    userId: ownedByUser(),
    /** False until the first code of the authenticator was right. */
    verified: boolean("verified").notNull().default(true),
    failedVerificationCount: integer("failed_verification_count").notNull().default(0),
    lockedUntil: time("locked_until"),
  },
  (table) => [
    index("two_factor_user_id_index").on(table.userId),
    index("two_factor_secret_index").on(table.secret),
  ],
);

export const passkey = pgTable(
  "passkey",
  {
    id: text("id").primaryKey(),
    name: text("name"),
    publicKey: text("public_key").notNull(),
    userId: ownedByUser(),
    credentialID: text("credential_id").notNull(),
    counter: integer("counter").notNull(),
    deviceType: text("device_type").notNull(),
    backedUp: boolean("backed_up").notNull(),
    transports: text("transports"),
    createdAt: time("created_at").defaultNow(),
    aaguid: text("aaguid"),
  },
  (table) => [
    index("passkey_user_id_index").on(table.userId),
    uniqueIndex("passkey_credential_id_unique").on(table.credentialID),
  ],
);
