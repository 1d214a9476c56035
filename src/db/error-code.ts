/** What went wrong at Postgres, by its code: of the driver, the socket or SQLSTATE. Looks inside Drizzle's wrapper as well. */

export function hasCode(error: unknown, codes: RegExp): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return codes.test(code) || hasCode(error.cause, codes);
}

/** Somebody else has this already: a unique index; the one of that name, if it is given. */
export function isTaken(error: unknown, index?: string): boolean {
  if (!(error instanceof Error)) return false;
  if (!hasCode(error, /^23505$/)) return false;
  if (index === undefined || ("constraint_name" in error && error.constraint_name === index)) return true;
  return isTaken(error.cause, index);
}

/** A text with a NUL character, which Postgres keeps neither as text nor in JSON. */
export const isUnkeepableText = (error: unknown): boolean => hasCode(error, /^(?:22021|22P05)$/);
