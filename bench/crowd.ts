/** Many people at once, written straight into Postgres: to sign thousands up takes longer than what is measured on them. */
import postgres, { type Sql } from "postgres";
import { createPasswordHasher } from "../src/accounts/passwords/hasher.ts";
import { parseDatabaseUrl } from "../src/db/address.ts";

export const CROWD_PASSWORD = "correct horse battery staple";

export const addressOf = (number: number): string => `crowd-${number}@example.com`;

/** On the tables of one schema. */
export function connectTo(databaseUrl: string, schema: string): Sql {
  const options = { max: 1, onnotice: () => {}, connection: { search_path: schema } };
  const address = parseDatabaseUrl(databaseUrl);
  return "url" in address ? postgres(address.url, options) : postgres({ ...address, ...options });
}

/** People 1 to `howMany`, each with the same password. */
export async function gatherCrowd(sql: Sql, howMany: number): Promise<void> {
  const password = await createPasswordHasher().hash(CROWD_PASSWORD);
  await sql`
    insert into "user" (id, name, email, role)
    select 'crowd-' || number, 'Person ' || number, 'crowd-' || number || '@example.com', 'user'
    from generate_series(1, ${howMany}) as number`;
  await sql`
    insert into account (id, account_id, provider_id, user_id, password)
    select 'crowd-' || number, 'crowd-' || number, 'credential', 'crowd-' || number, ${password}
    from generate_series(1, ${howMany}) as number`;
}
