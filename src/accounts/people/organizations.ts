/** Organizations as administrators see them. Their members run them by Better Auth's endpoints. */
import { and, eq, or, sql } from "drizzle-orm";
import { type Actor, record } from "../../audit/audit.ts";
import type { Database } from "../../db/database.ts";
import { type Page, type PageRequest, paging, toPage } from "../../db/page.ts";
import { session, user } from "../../db/schema/accounts.ts";
import { member, organization } from "../../db/schema/organizations.ts";

export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly slug: string;
  /** How many there are. */
  readonly members: number;
  /** Whether it wants a second factor of its members. */
  readonly secondFactor: boolean;
  readonly createdAt: Date;
}

interface Member {
  readonly userId: string;
  readonly email: string;
  readonly roles: readonly string[];
  readonly since: Date;
}

const columns = {
  id: organization.id,
  name: organization.name,
  slug: organization.slug,
  members: sql<number>`(select count(*)::int from member where organization_id = ${organization.id})`,
  secondFactor: organization.secondFactor,
  createdAt: organization.createdAt,
};

/** `search`: the beginning of a name or a slug, or a whole id. */
export async function listOrganizations(
  db: Database,
  { search }: { search?: string | undefined },
  request: PageRequest,
): Promise<Page<Organization>> {
  const { where, order, place } = paging(organization.createdAt, organization.id, request);
  const beginning = search && search.toLowerCase();
  const rows = await db
    .select({ organization: columns, place })
    .from(organization)
    .where(
      and(
        where,
        beginning
          ? or(
              sql`starts_with(lower(${organization.name}), ${beginning})`,
              sql`starts_with(${organization.slug}, ${beginning})`,
              eq(organization.id, search),
            )
          : undefined,
      ),
    )
    .orderBy(...order)
    .limit(request.limit + 1);
  return toPage(rows, request.limit, (row) => row.organization);
}

export async function findOrganization(db: Database, id: string) {
  const [found] = await db.select(columns).from(organization).where(eq(organization.id, id));
  if (found === undefined) return undefined;
  const rows = await db
    .select({ userId: user.id, email: user.email, role: member.role, since: member.createdAt })
    .from(member)
    .innerJoin(user, eq(user.id, member.userId))
    .where(eq(member.organizationId, id))
    .orderBy(member.createdAt, member.id);
  const members: Member[] = rows.map(({ role, ...rest }) => ({ ...rest, roles: role.split(",") }));
  return { organization: found, members };
}

/** Whether it wants a second factor of its members from now on. False when there is none of that id. */
export const setSecondFactor = (
  db: Database,
  actor: Actor,
  id: string,
  secondFactor: boolean,
): Promise<boolean> =>
  db.transaction(async (tx) => {
    const set = await tx
      .update(organization)
      .set({ secondFactor })
      .where(eq(organization.id, id))
      .returning({ id: organization.id });
    if (set.length === 0) return false;
    const detail = { second_factor: secondFactor };
    await record(tx, actor, [{ action: "organization.second_factor_set", target: id, detail }]);
    return true;
  });

/** With its teams, memberships and invitations; nobody has it as their active one any more. False when there is none. */
export const deleteOrganization = (db: Database, actor: Actor, id: string): Promise<boolean> =>
  db.transaction(async (tx) => {
    const [gone] = await tx
      .delete(organization)
      .where(eq(organization.id, id))
      .returning({ slug: organization.slug });
    if (gone === undefined) return false;
    await tx
      .update(session)
      .set({ activeOrganizationId: null, activeTeamId: null })
      .where(eq(session.activeOrganizationId, id));
    await record(tx, actor, [{ action: "organization.deleted", target: id, detail: { slug: gone.slug } }]);
    return true;
  });
