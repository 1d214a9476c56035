/** What administrators are told is not for caches. */
import type { AppMiddleware } from "../context.ts";

export const noStore: AppMiddleware = async (c, next) => {
  c.header("Cache-Control", "no-store");
  await next();
};
