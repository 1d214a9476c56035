/** Requests that need a password hashed stand in line for it first, before they cost the database or the engine anything. */
import type { Admission } from "../../accounts/passwords/admission.ts";
import { routeOf } from "../../limits/plans.ts";
import type { AppMiddleware } from "../context.ts";

const HASHES: ReadonlySet<string> = new Set([
  "/sign-in/email",
  "/sign-in/username",
  "/sign-up/email",
  "/reset-password",
  "/change-password",
  "/verify-password",
  "/delete-user",
  "/two-factor/enable",
  "/two-factor/disable",
  "/two-factor/generate-backup-codes",
  "/two-factor/get-totp-uri",
]);

export function admitHashing({ pass }: Pick<Admission, "pass">): AppMiddleware {
  return async (c, next) => {
    if (c.req.method !== "POST" || !HASHES.has(routeOf(c.req.path))) return next();
    // Whoever sends slowly holds no place in the line.
    await c.req.raw.clone().arrayBuffer();
    return pass(next);
  };
}
