/** Pages over HTTP: `?limit=` and `?cursor=`, and the `next` of an answer. A cursor is for giving back, not for reading. */
import { z } from "zod";
import type { Page, PageRequest, Place } from "../../db/page.ts";
import { invalidBody } from "../body.ts";
import type { AppContext } from "../context.ts";

const LIMITS = { default: 50, most: 200 };
const placeWith = (id: z.ZodString) => z.strictObject({ at: z.string().regex(/^-?\d{1,17}$/), id });
const textPlace = placeWith(z.string().max(200));
const numberPlace = placeWith(z.string().regex(/^\d{1,18}$/));

/** Throws `invalid_request` for a limit or a cursor that is none; `ids` are those of what is listed. */
export function readPage(c: AppContext, ids: "texts" | "numbers" = "texts"): PageRequest {
  const { limit = String(LIMITS.default), cursor } = c.req.query();
  const count = /^\d{1,4}$/.test(limit) ? Number(limit) : 0;
  if (count < 1 || count > LIMITS.most) {
    const detail = `expected a number of 1 to ${LIMITS.most}`;
    throw invalidBody(`a limit of 1 to ${LIMITS.most}`, [{ field: "limit", detail }]);
  }
  const place = ids === "texts" ? textPlace : numberPlace;
  return { limit: count, after: cursor === undefined ? undefined : readCursor(cursor, place) };
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

function readCursor(text: string, place: typeof textPlace): Place {
  try {
    return place.parse(JSON.parse(Buffer.from(text, "base64url").toString()));
  } catch {
    throw invalidBody("a cursor as `next` of the page before gave it", [
      { field: "cursor", detail: "expected the `next` of an earlier answer" },
    ]);
  }
}
