/** How long an administrator waits for a search among many people, and for a page far from the first. */
import type { Sql } from "postgres";
import { z } from "zod";
import { send } from "../open-loop.ts";
import { type Credentials, signUpPeople } from "../people.ts";
import { percentile } from "../statistics.ts";
import { number } from "../verdict.ts";
import { traitsOf } from "./fill.ts";

const TIMES = 100;
const PARTS = [0.5, 0.95];
const FAR_PAGE = 1_000;

/** Milliseconds, by what was asked for. */
export type Searches = ReadonlyMap<string, readonly number[]>;

const page = z.object({ users: z.array(z.object({ email: z.string() })), next: z.string().nullable() });

export async function measureSearches(url: string, sql: Sql, people: number): Promise<Searches> {
  const [admin = {}] = await signUpPeople(url);
  await sql`update "user" set role = 'admin' where email like 'person-1.%'`;
  const read = async (query: string) =>
    page.parse(await (await fetch(`${url}/admin/users?${query}`, { headers: admin })).json());
  const somebody = () => traitsOf(1 + Math.floor(Math.random() * people));
  const beginning = (text: string) => `search=${encodeURIComponent(text.slice(0, 10))}`;

  const queries: [string, () => string][] = [
    ["by the beginning of an address", () => beginning(somebody().email)],
    ["by the beginning of a name", () => beginning(somebody().name)],
    ["by the beginning of a user name", () => beginning(somebody().username)],
    ["by one letter", () => `search=${Math.floor(Math.random() * 16).toString(16)}`],
    ["for nobody", () => beginning(`nobody ${Math.random()}`)],
    [`page ${FAR_PAGE.toLocaleString("en")}`, await pageAt(FAR_PAGE, read)],
  ];
  for (const [what, query] of queries.slice(0, 5)) {
    const { users } = await read(query());
    if ((users.length === 0) !== (what === "for nobody")) throw new Error(`a search ${what} went wrong`);
  }
  const times = new Map<string, readonly number[]>();
  for (const [what, query] of queries) {
    const taken = await time(() => `${url}/admin/users?${query()}`, admin);
    console.log(
      `people ${what}: ${PARTS.map((part) => `p${part * 100} ${number(percentile(taken, part))}`).join(", ")} ms`,
    );
    times.set(what, taken);
  }
  return times;
}

/** By the only way there is: from one to the next. */
async function pageAt(
  number: number,
  read: (query: string) => Promise<z.infer<typeof page>>,
): Promise<() => string> {
  let query = "";
  for (let at = 1; at < number; at++) {
    const { next } = await read(query);
    if (next === null) throw new Error(`there is no page ${number}`);
    query = `cursor=${next}`;
  }
  return () => query;
}

async function time(url: () => string, headers: Credentials): Promise<number[]> {
  const times: number[] = [];
  for (let count = 0; count < TIMES; count++) {
    const { status, milliseconds } = await send({ url: url(), method: "GET", headers });
    if (status !== 200) throw new Error(`expected 200, got ${status}`);
    times.push(milliseconds);
  }
  return times;
}
