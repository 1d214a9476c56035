/**
 * Roles and organizations that want a second factor: whoever has such a role, or such an organization active, and has
 * not proved themselves by two gets no token.
 */
import { AppError } from "../errors.ts";
import type { AccessBook } from "./book.ts";
import { roleWithSecondFactor } from "./model.ts";
import { rolesOf } from "./roles.ts";

interface Person {
  readonly role: string | null;
  readonly twoFactorEnabled: boolean;
}

/** With one enabled it was asked for at every sign-in. Throws `second_factor_required` (403). */
export function assertSecondFactor(
  book: Pick<AccessBook, "model">,
  { role, twoFactorEnabled }: Person,
  organization?: { readonly secondFactor: boolean },
): void {
  if (twoFactorEnabled) return;
  const wanting = roleWithSecondFactor(book.model(), rolesOf(role));
  const by = wanting === undefined ? organization?.secondFactor && "active organization" : `role ${wanting}`;
  if (!by) return;
  throw new AppError(
    "second_factor_required",
    `Expected a second factor, which the ${by} requires: enable one at /api/auth/two-factor/enable.`,
  );
}
