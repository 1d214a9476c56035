/**
 * All that is known of one person, for the person (GDPR art. 15 and 20): no hash, no token, no secret of theirs or ours, and
 * nothing of others: from where an administrator has looked at them is the administrator's.
 */
import { and, eq, isNull, or, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { type Actor, ANONYMOUS, record } from "../../audit/audit.ts";
import type { Database } from "../../db/database.ts";
import { account, session, user } from "../../db/schema/accounts.ts";
import { apikey } from "../../db/schema/api-key.ts";
import { auditEvent } from "../../db/schema/audit-event.ts";
import { passkey } from "../../db/schema/factors.ts";
import { knownDevice } from "../../db/schema/known-device.ts";
import { invitation, member, organization, team, teamMember } from "../../db/schema/organizations.ts";

/** The newest that are exported of what has no other end. */
const MOST_EVENTS = 10_000;

export async function exportPerson(db: Database, actor: Actor, id: string) {
  const [[profile], accounts, sessions, devices, passkeys, keys, memberships, teams, invitations, events] =
    await Promise.all([
      db
        .select({ image: user.image, display_username: user.displayUsername })
        .from(user)
        .where(eq(user.id, id)),
      db
        .select({ provider: account.providerId, account: account.accountId, created_at: account.createdAt })
        .from(account)
        .where(eq(account.userId, id)),
      db
        .select({
          id: session.id,
          ip_address: session.ipAddress,
          user_agent: session.userAgent,
          created_at: session.createdAt,
          expires_at: session.expiresAt,
        })
        .from(session)
        .where(and(eq(session.userId, id), isNull(session.impersonatedBy))),
      db.select({ seen_at: knownDevice.seenAt }).from(knownDevice).where(eq(knownDevice.userId, id)),
      db
        .select({ id: passkey.id, name: passkey.name, created_at: passkey.createdAt })
        .from(passkey)
        .where(eq(passkey.userId, id)),
      db
        .select({ id: apikey.id, name: apikey.name, start: apikey.start, created_at: apikey.createdAt })
        .from(apikey)
        .where(eq(apikey.referenceId, id)),
      db
        .select({
          organization: organization.name,
          id: organization.id,
          role: member.role,
          since: member.createdAt,
        })
        .from(member)
        .innerJoin(organization, eq(organization.id, member.organizationId))
        .where(eq(member.userId, id)),
      db
        .select({ team: team.name, id: team.id, since: teamMember.createdAt })
        .from(teamMember)
        .innerJoin(team, eq(team.id, teamMember.teamId))
        .where(eq(teamMember.userId, id)),
      db
        .select({
          organization: organization.name,
          id: invitation.id,
          role: invitation.role,
          status: invitation.status,
          created_at: invitation.createdAt,
        })
        .from(invitation)
        .innerJoin(organization, eq(organization.id, invitation.organizationId))
        .innerJoin(user, eq(user.email, invitation.email))
        .where(eq(user.id, id)),
      db
        .select({
          at: auditEvent.at,
          action: auditEvent.action,
          outcome: auditEvent.outcome,
          ip_address: unlessOfOthers(id, auditEvent.ipAddress),
          user_agent: unlessOfOthers(id, auditEvent.userAgent),
          detail: auditEvent.detail,
        })
        .from(auditEvent)
        .where(or(eq(auditEvent.actor, id), eq(auditEvent.target, id)))
        .orderBy(sql`${auditEvent.id} desc`)
        .limit(MOST_EVENTS),
    ]);
  await record(db, actor, [{ action: "user.exported", target: id, detail: {} }]);
  return {
    ...profile,
    accounts,
    sessions,
    devices,
    passkeys,
    api_keys: keys,
    organizations: memberships,
    teams,
    invitations,
    events,
  };
}

/** Somebody who has not signed in may be the person; or whoever tries to be. */
const unlessOfOthers = (id: string, column: PgColumn) =>
  sql<string | null>`case when ${auditEvent.actor} in (${id}, ${ANONYMOUS}) then ${column} end`;
