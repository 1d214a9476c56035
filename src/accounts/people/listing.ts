/** Finding people: by the beginning of an address, name or user name, by role, by ban; and one of them by id. */
import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../db/database.ts";
import { type Page, type PageRequest, paging, toPage } from "../../db/page.ts";
import { user } from "../../db/schema/accounts.ts";
import { type Person, toPerson } from "./person.ts";

export interface PeopleFilter {
  /** The beginning of an e-mail address, a name or a user name, or a whole id. */
  readonly search?: string | undefined;
  readonly role?: string | undefined;
  readonly banned?: boolean | undefined;
}

export async function listPeople(
  db: Database,
  filter: PeopleFilter,
  request: PageRequest,
): Promise<Page<Person>> {
  const { where, order, place } = paging(user.createdAt, user.id, request);
  const rows = await db
    .select({ person: user, place })
    .from(user)
    .where(and(where, ...conditions(filter)))
    .orderBy(...order)
    .limit(request.limit + 1);
  return toPage(rows, request.limit, ({ person }) => toPerson(person));
}

export async function findPerson(db: Database, id: string): Promise<Person | undefined> {
  const [row] = await db.select().from(user).where(eq(user.id, id));
  return row && toPerson(row);
}

function conditions({ search, role, banned }: PeopleFilter): (SQL | undefined)[] {
  const beginning = search && `${search.toLowerCase().replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  return [
    beginning &&
      or(
        sql`${user.email} like ${beginning}`,
        sql`lower(${user.name}) like ${beginning}`,
        sql`${user.username} like ${beginning}`,
        eq(user.id, search),
      ),
    role && sql`${role} = any(string_to_array(coalesce(${user.role}, 'user'), ','))`,
    banned === undefined ? undefined : eq(user.banned, banned),
  ].filter((condition) => typeof condition === "object");
}
