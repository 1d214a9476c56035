/** All that is known of one person, for the person (GDPR art. 15 and 20): no hash, no token, no secret of theirs or ours. */
import { eq, or, sql } from "drizzle-orm";
import { type Actor, record } from "../../audit/audit.ts";
import type { Database } from "../../db/database.ts";
import { account, session } from "../../db/schema/accounts.ts";
import { apikey } from "../../db/schema/api-key.ts";
import { auditEvent } from "../../db/schema/audit-event.ts";
import { passkey } from "../../db/schema/factors.ts";
import { member, organization } from "../../db/schema/organizations.ts";

/** The newest that are exported of what has no other end. */
const MOST_EVENTS = 10_000;

export async function exportPerson(db: Database, actor: Actor, id: string) {
  const [accounts, sessions, passkeys, keys, memberships, events] = await Promise.all([
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
      .where(eq(session.userId, id)),
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
      .select({
        at: auditEvent.at,
        action: auditEvent.action,
        outcome: auditEvent.outcome,
        ip_address: auditEvent.ipAddress,
        user_agent: auditEvent.userAgent,
        detail: auditEvent.detail,
      })
      .from(auditEvent)
      .where(or(eq(auditEvent.actor, id), eq(auditEvent.target, id)))
      .orderBy(sql`${auditEvent.id} desc`)
      .limit(MOST_EVENTS),
  ]);
  await record(db, actor, [{ action: "user.exported", target: id, detail: {} }]);
  return { accounts, sessions, passkeys, api_keys: keys, organizations: memberships, events };
}
