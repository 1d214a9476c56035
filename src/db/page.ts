/**
 * Pages of a list, newest first: after the last of a page comes what is older, or as old with a smaller id, whatever has
 * been added or removed meanwhile. The place is in microseconds, as Postgres counts; a `Date` knows only thousands of them.
 */
import { type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** Where a page ended. */
export interface Place {
  /** Microseconds since 1970, in digits. */
  readonly at: string;
  readonly id: string;
}

export interface PageRequest {
  readonly limit: number;
  readonly after: Place | undefined;
}

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Undefined on the last page. */
  readonly next: Place | undefined;
}

/** Which rows may be on the page, in which order, and how to read the place of one. */
export function paging(at: PgColumn, id: PgColumn, { after }: PageRequest) {
  return {
    where:
      after &&
      sql`(${at}, ${id}) < (timestamptz 'epoch' + ${after.at}::bigint * interval '1 microsecond', ${after.id})`,
    order: [sql`${at} desc`, sql`${id} desc`] satisfies SQL[],
    place: {
      at: sql<string>`(extract(epoch from ${at}) * 1000000)::bigint::text`,
      id: sql<string>`${id}::text`,
    },
  };
}

/** One row more was asked for than a page has, to know whether there is another page. */
export function toPage<Row extends { readonly place: Place }, Item>(
  rows: readonly Row[],
  limit: number,
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  return { items: shown.map(toItem), next: rows.length > limit ? shown.at(-1)?.place : undefined };
}
