// Owns reading one parameter out of a request's path, where there is no router to do it. Knows three things: literal
// segments, `:name`, and `*` at the end. A guard that compares users must read the path as the handler does, so
// whatever two readers could read differently is no match.

/** What reads the parameter `name` of `pattern`; `undefined` for a path of another form. */
export function paramReader(name: string, pattern: string): (url: string) => string | undefined {
  const wanted = pattern.split("/");
  const isOpen = wanted.at(-1) === "*";
  if (isOpen) wanted.pop();
  const at = wanted.indexOf(`:${name}`);
  if (at === -1 || wanted[0] !== "")
    throw new TypeError(`path: expected a path with :${name}, got ${pattern}`);
  return (url) => {
    const found = pathOf(url)?.split("/") ?? [];
    const fits = isOpen ? found.length >= wanted.length : found.length === wanted.length;
    if (!fits || !wanted.every((one, i) => one.startsWith(":") || one === found[i])) return undefined;
    return decoded(found[at]);
  };
}

/** What a server behind may merge, cut or decode before it looks for segments. */
const AMBIGUOUS = /\/\/|%(?:5c|00)|(?:\/|%2f)\.\.?(?:;|%2f)|%2f\.\.?(?:\/|$)/i;

/** The path of a request target or a URL; none where a URL parser would read another (`..`, `\`, non-ASCII). */
function pathOf(url: string): string | undefined {
  const path = /^(?:https?:\/\/[^/?#\\]+)?(\/[^?#]*)/i.exec(url)?.[1];
  if (path === undefined || AMBIGUOUS.test(path) || !URL.canParse(path, "http://localhost")) return undefined;
  return new URL(path, "http://localhost").pathname === path ? path : undefined;
}

function decoded(segment: string | undefined): string | undefined {
  try {
    return segment === undefined ? undefined : decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
