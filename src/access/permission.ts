/**
 * What a permission is and covers. Pure. The verifier has the same rule for APIs (`packages/verifier/src/permissions.ts`);
 * a test holds the two together.
 */

/** Letters, digits and `_-.` between colons; `*` alone, or as the whole last segment. */
const PERMISSION = /^(?:\*|[\w.-]+(?::[\w.-]+)*(?::\*)?)$/;
const MAX_LENGTH = 100;
export const PERMISSION_EXPECTED = `a permission such as tasks:read, tasks:* or *, of at most ${MAX_LENGTH} characters`;

export const isPermission = (text: string): boolean => text.length <= MAX_LENGTH && PERMISSION.test(text);

/** `*` covers all, `tasks:*` what begins with `tasks:`, everything else itself. */
function covers(held: string, wanted: string): boolean {
  if (held === wanted || held === "*") return true;
  return held.endsWith(":*") && wanted.length > held.length - 1 && wanted.startsWith(held.slice(0, -1));
}

export const permits = (held: readonly string[], wanted: string): boolean =>
  held.some((permission) => covers(permission, wanted));

/** What is allowed by both: `tasks:*` held and `tasks:read` offered make `tasks:read`. Without duplicates. */
export function limitTo(held: readonly string[], offered: readonly string[]): string[] {
  const kept = held.filter((permission) => permits(offered, permission));
  const narrowed = offered.filter((permission) => permits(held, permission));
  return [...new Set([...kept, ...narrowed])];
}
