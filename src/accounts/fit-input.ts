/** What no endpoint of Better Auth could use or should keep, refused before any of them looks at it. */
import { APIError, createAuthMiddleware } from "better-auth/api";

/** Members of a profile, and how long each may be: names end up in tokens, all of it in each session check. */
const LONGEST: Readonly<Record<string, number>> = { name: 200, displayUsername: 200, image: 2048 };
const WRITES_A_PROFILE: ReadonlySet<string> = new Set([
  "/sign-up/email",
  "/sign-in/magic-link",
  "/update-user",
]);

export const refuseUnfitInput = createAuthMiddleware(async ({ path, body, query }) => {
  // JSON, but no object: plugins look for members of it before it is checked.
  if (body === null || (body !== undefined && typeof body !== "object")) {
    throw new APIError("BAD_REQUEST", { code: "VALIDATION_ERROR", message: "Expected a JSON object" });
  }
  // JSON has such texts and Postgres has not.
  if (holdsNul(body) || holdsNul(query)) {
    throw new APIError("BAD_REQUEST", {
      code: "VALIDATION_ERROR",
      message: "Expected no NUL character in any text",
    });
  }
  if (!WRITES_A_PROFILE.has(path)) return;
  for (const [member, longest] of Object.entries(LONGEST)) {
    const value: unknown = Reflect.get(Object(body), member);
    if (typeof value !== "string" || value.length <= longest) continue;
    throw new APIError("UNPROCESSABLE_ENTITY", {
      code: "VALIDATION_ERROR",
      message: `[body.${member}] Expected at most ${longest} characters, got ${value.length}`,
    });
  }
});

/** However deep it is: a stack of our own does not overflow. */
function holdsNul(value: unknown): boolean {
  const rest: unknown[] = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next === "string" && next.includes("\0")) return true;
    if (typeof next === "object" && next !== null) {
      for (const [name, member] of Object.entries(next)) rest.push(name, member);
    }
  }
  return false;
}
