/** Pages over HTTP: `?limit=` and `?cursor=`, and the `next` of an answer. A cursor is for giving back, not for reading. */
import { z } from "zod";
import type { Page, PageRequest, Place } from "../../db/page.ts";
import { invalidBody } from "../body.ts";
import type { AppContext } from "../context.ts";

const LIMITS = { default: 50, most: 200 };
const place = z.strictObject({ at: z.string().regex(/^[\d:. +-]{10,40}$/), id: z.string().max(100) });

/** Throws `invalid_request` for a limit or a cursor that is none. */
export function readPage(c: AppContext): PageRequest {
  const { limit = String(LIMITS.default), cursor } = c.req.query();
  const count = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > LIMITS.most) {
    const detail = `expected a number of 1 to ${LIMITS.most}`;
    throw invalidBody(`a limit of 1 to ${LIMITS.most}`, [{ field: "limit", detail }]);
  }
  return { limit: count, after: cursor === undefined ? undefined : readCursor(cursor) };
}

/** `name` is what the items are called. */
export const describePage = <Item>(
  name: string,
  { items, next }: Page<Item>,
  describe: (item: Item) => object,
): object => ({
  [name]: items.map(describe),
  next: next === undefined ? null : Buffer.from(JSON.stringify(next)).toString("base64url"),
});

function readCursor(text: string): Place {
  try {
    return place.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    throw invalidBody("a cursor as `next` of the page before gave it", [
      { field: "cursor", detail: "expected the `next` of an earlier answer" },
    ]);
  }
}
