/** DATABASE_SCHEMA: the tables live where the operator says. */
import { expect, test } from "vitest";
import { signUp, tokenOf } from "../support/people.ts";
import { createTestDatabase } from "../support/postgres.ts";
import { startTestServer } from "../support/server.ts";

test("another DATABASE_SCHEMA is made when missing and holds every table, and the server works there", async () => {
  await using database = await createTestDatabase({ empty: true });
  await using server = await startTestServer({ database, env: { DATABASE_SCHEMA: "people_2" } });
  const { bearer } = await signUp(server.url);
  await tokenOf(server.url, bearer);
  const rows = await database.sql`
    select table_schema, count(*)::int as tables from information_schema.tables
    where table_schema not in ('pg_catalog', 'information_schema') group by 1`;
  expect(rows).toEqual([{ table_schema: "people_2", tables: 20 }]);
});
