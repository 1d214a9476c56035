/** Where Postgres is: a URL, or a unix socket, the embedded one's or one named in a URL as libpq does (`%2Fvar%2Frun`). */

export type Address =
  | { readonly url: string }
  | { readonly path: string; readonly user: string; readonly password: string; readonly database: string };

const DEFAULT_PORT = "5432";

/** `postgres://user:password@%2Fvar%2Frun%2Fpostgresql/keyturn` is a socket; everything else stays a URL. */
export function parseDatabaseUrl(text: string): Address {
  const { hostname, port, username, password, pathname } = new URL(text);
  const folder = decodeURIComponent(hostname);
  if (!folder.startsWith("/")) return { url: text };
  return {
    path: `${folder}/.s.PGSQL.${port || DEFAULT_PORT}`,
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: decodeURIComponent(pathname.slice(1)),
  };
}

/** For screens and logs: without user and password. */
export function describeAddress(address: Address): string {
  if (!("url" in address)) return `${address.path}, database ${address.database}`;
  const { host, pathname } = new URL(address.url);
  return `${host}${pathname}`;
}
