/** A name ends up in every token, so it is kept short when it is written, not refused when a token is asked for. */
import { APIError, createAuthMiddleware } from "better-auth/api";

const MAX_NAME_LENGTH = 200;
const WRITES_A_NAME: ReadonlySet<string> = new Set([
  "/sign-up/email",
  "/update-user",
  "/admin/create-user",
  "/admin/update-user",
]);

export const refuseOversizedProfile = createAuthMiddleware(async ({ path, body }) => {
  // JSON, but no object: plugins look for members of it before it is checked.
  if (body === null || (body !== undefined && typeof body !== "object")) {
    throw new APIError("BAD_REQUEST", { code: "VALIDATION_ERROR", message: "Expected a JSON object" });
  }
  if (!WRITES_A_NAME.has(path)) return;
  for (const name of namesIn(body)) {
    if (typeof name !== "string" || name.length <= MAX_NAME_LENGTH) continue;
    throw new APIError("UNPROCESSABLE_ENTITY", {
      code: "VALIDATION_ERROR",
      message: `[body.name] Expected at most ${MAX_NAME_LENGTH} characters, got ${name.length}`,
    });
  }
});

/** The admin routes take it inside `data`, the others beside it; whichever is there is looked at. */
function namesIn(body: unknown): unknown[] {
  if (!isRecord(body)) return [];
  return [body["name"], isRecord(body["data"]) ? body["data"]["name"] : undefined];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
