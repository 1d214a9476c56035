// Owns what a permission covers, wildcards included: the one definition for every guard and adapter.
// Does not know who holds which; a token or a role says that.

/**
 * Does one of the permissions held cover the one wanted?
 *
 * - A permission covers itself: `tasks:read`.
 * - `*` covers every permission.
 * - `tasks:*` covers everything that begins with `tasks:`, however deep: `tasks:read`, `tasks:comments:write`;
 *   not `tasks` itself and not `tasksets:read`.
 * - A `*` anywhere but as the whole last segment is an ordinary character, and case matters.
 *
 * @example
 * permits(["tasks:*"], "tasks:read"); // true
 * permits(["tasks:read"], "tasks:*"); // false: one permission is not all of them
 */
export function permits(held: readonly string[], wanted: string): boolean {
  return held.some((permission) => covers(permission, wanted));
}

function covers(permission: string, wanted: string): boolean {
  if (permission === wanted || permission === "*") return true;
  // "tasks:" must be followed by something: "tasks:*" does not cover "tasks:".
  const prefix = permission.slice(0, -1);
  return permission.endsWith(":*") && wanted.length > prefix.length && wanted.startsWith(prefix);
}
