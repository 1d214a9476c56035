/** A batch of people written in one transaction: those who are new, with their passwords; the others are told apart. */
import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { z } from "zod";
import { ADMIN_ROLE, rolesOf } from "../../access/roles.ts";
import { COMMAND_LINE, record } from "../../audit/audit.ts";
import type { Transaction } from "../../db/database.ts";
import { account, user } from "../../db/schema/accounts.ts";
import type { ImportedPerson, RefusedLine } from "./line.ts";

export interface BatchResult {
  readonly created: readonly ImportedPerson[];
  /** Lines whose address somebody has already. */
  readonly skipped: readonly number[];
  readonly refused: readonly RefusedLine[];
}

/** No two of `people` share an id, an address or a username. */
export type WriteBatch = (tx: Transaction, people: readonly ImportedPerson[]) => Promise<BatchResult>;

/** `source` is the name of the file, for the audit. */
export const writing =
  (source: string): WriteBatch =>
  async (tx, people) => {
    const rows = people.map((person) => ({ ...person, updatedAt: person.createdAt }));
    const written = await tx.insert(user).values(rows).onConflictDoNothing().returning({ id: user.id });
    const [created, others] = split(people, new Set(written.map(({ id }) => id)));
    const { skipped, refused, free } = await tellApart(tx, "user", others);
    const passed = free.map(({ line }) => ({
      line,
      reasons: ["this person was there a moment ago: run again"],
    }));
    const result = { created, skipped, refused: [...refused, ...passed] };
    if (created.length === 0) return result;
    const accounts = created.flatMap(credentialOf);
    if (accounts.length > 0) await tx.insert(account).values(accounts);
    const admins = created.filter(({ role }) => rolesOf(role).includes(ADMIN_ROLE));
    await record(tx, COMMAND_LINE, [
      { action: "users.imported", target: source, detail: { count: created.length } },
      ...admins.map(({ id }) => ({
        action: "user.admin_granted" as const,
        target: id,
        detail: { how: "command" as const },
      })),
    ]);
    return result;
  };

/** As Better Auth writes it at sign-up. */
const credentialOf = ({ id, passwordHash, createdAt }: ImportedPerson) =>
  passwordHash === null
    ? []
    : [
        {
          id: randomUUID(),
          accountId: id,
          userId: id,
          providerId: "credential",
          password: passwordHash,
          createdAt,
          updatedAt: createdAt,
        },
      ];

/** What `writing` would do, into a table that is gone with the transaction and that nobody else can see. */
export async function rehearsing(tx: Transaction): Promise<WriteBatch> {
  await tx.execute(
    sql`create temporary table import_rehearsal (id text primary key, email text unique, username text unique) on commit drop`,
  );
  return async (tx, people) => {
    const there = await tellApart(tx, "user", people);
    if (there.free.length === 0) return { ...there, created: [] };
    const values = there.free.map(({ id, email, username }) => sql`(${id}, ${email}, ${username})`);
    const written = await tx.execute(
      sql`insert into import_rehearsal values ${sql.join(values, sql`, `)} on conflict do nothing returning id`,
    );
    const [created, others] = split(there.free, new Set(identified.parse(written).map(({ id }) => id)));
    const { skipped, refused } = await tellApart(tx, "import_rehearsal", others);
    return {
      created,
      skipped: [...there.skipped, ...skipped],
      refused: [...there.refused, ...refused],
    };
  };
}

const identified = z.array(z.object({ id: z.string() }));
const keys = z.array(z.object({ id: z.string(), email: z.string(), username: z.string().nullable() }));

const split = (people: readonly ImportedPerson[], ids: ReadonlySet<string>) =>
  [people.filter(({ id }) => ids.has(id)), people.filter(({ id }) => !ids.has(id))] as const;

/** Why people cannot be written; `free` are those whom nothing hinders. */
async function tellApart(
  tx: Transaction,
  table: "user" | "import_rehearsal",
  people: readonly ImportedPerson[],
) {
  const skipped: number[] = [];
  const refused: RefusedLine[] = [];
  const free: ImportedPerson[] = [];
  if (people.length === 0) return { skipped, refused, free };
  const taken = keys.parse(
    await tx.execute(
      sql`select id, email, username from ${sql.identifier(table)}
        where email in ${people.map(({ email }) => email)}
           or id in ${people.map(({ id }) => id)}
           or username in ${people.map(({ username }) => username ?? "")}`,
    ),
  );
  const emails = new Set(taken.map(({ email }) => email));
  const ids = new Set(taken.map(({ id }) => id));
  const usernames = new Set(taken.map(({ username }) => username));
  for (const person of people) {
    const { line, email, id, username } = person;
    if (emails.has(email)) skipped.push(line);
    else if (ids.has(id)) refused.push({ line, reasons: ["id: somebody else has this one"] });
    else if (username !== null && usernames.has(username)) {
      refused.push({ line, reasons: ["username: somebody else has this one"] });
    } else free.push(person);
  }
  return { skipped, refused, free };
}
