/** Roles that want a second factor: whoever has one and has not proved themselves by two gets nothing by it. */
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
): void {
  const wanting = twoFactorEnabled ? undefined : roleWithSecondFactor(book.model(), rolesOf(role));
  if (wanting === undefined) return;
  throw new AppError(
    "second_factor_required",
    `Expected a second factor, which the role ${wanting} requires: enable one at /api/auth/two-factor/enable.`,
  );
}
