/** Organizations, their teams, who belongs to them and who is asked to: tables of Better Auth's organization plugin. */
import { boolean, index, integer, pgTable, text, uniqueIndex } from "drizzle-orm/pg-core";
import { time, user } from "./accounts.ts";

export const organization = pgTable("organization", {
  id: text("id").primaryKey(),
  name: text("name").notNull(),
  slug: text("slug").notNull().unique("organization_slug_unique"),
  logo: text("logo"),
  createdAt: time("created_at").notNull().defaultNow(),
  metadata: text("metadata"),
  /** Whether it wants a second factor of its members. */
  secondFactor: boolean("second_factor").notNull().default(false),
});

const ofOrganization = () =>
  text("organization_id")
    .notNull()
    .references(() => organization.id, { onDelete: "cascade" });
const ofUser = (name: string) =>
  text(name)
    .notNull()
    .references(() => user.id, { onDelete: "cascade" });

export const team = pgTable(
  "team",
  {
    id: text("id").primaryKey(),
    name: text("name").notNull(),
    memberCount: integer("member_count").notNull().default(0),
    organizationId: ofOrganization(),
    createdAt: time("created_at").notNull().defaultNow(),
    updatedAt: time("updated_at"),
  },
  (table) => [index("team_organization_id_index").on(table.organizationId)],
);

export const teamMember = pgTable(
  "team_member",
  {
    id: text("id").primaryKey(),
    teamId: text("team_id")
      .notNull()
      .references(() => team.id, { onDelete: "cascade" }),
    userId: ofUser("user_id"),
    membershipKey: text("membership_key").unique("team_member_membership_key_unique"),
    createdAt: time("created_at").defaultNow(),
  },
  (table) => [
    index("team_member_user_id_index").on(table.userId),
    index("team_member_team_id_index").on(table.teamId),
  ],
);

export const member = pgTable(
  "member",
  {
    id: text("id").primaryKey(),
    organizationId: ofOrganization(),
    userId: ofUser("user_id"),
    /** A comma-separated list. */
    role: text("role").notNull().default("member"),
    createdAt: time("created_at").notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("member_organization_user_unique").on(table.organizationId, table.userId),
    index("member_user_id_index").on(table.userId),
  ],
);

export const invitation = pgTable(
  "invitation",
  {
    id: text("id").primaryKey(),
    organizationId: ofOrganization(),
    email: text("email").notNull(),
    role: text("role"),
    teamId: text("team_id"),
    status: text("status").notNull().default("pending"),
    expiresAt: time("expires_at").notNull(),
    createdAt: time("created_at").notNull().defaultNow(),
    inviterId: ofUser("inviter_id"),
  },
  (table) => [
    index("invitation_organization_id_index").on(table.organizationId),
    index("invitation_email_index").on(table.email),
    index("invitation_expires_at_index").on(table.expiresAt),
  ],
);
