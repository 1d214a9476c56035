/**
 * The one connection that stands for a Keyturn process at its embedded Postgres: it carries the owner's lock and,
 * in its application name, the process's role and pid. It ends when the process does, however that ends.
 */
import postgres from "postgres";
import { codeOf } from "./failures.ts";
import { DATABASE, USER } from "./initialise.ts";

type Role = "owner" | "guest" | "stopping";

export interface Session {
  /** True when this process is now the only owner. */
  tryOwn(): Promise<boolean>;
  /** Who owns it: our lock, and the name of the connection that holds it. */
  owner(): Promise<{ role: Role; pid: number } | undefined>;
  /** How many other processes work here beside this one, owners included. */
  others(): Promise<number>;
  rename(role: Role): Promise<void>;
  /** Resolves once the connection is gone, for whatever reason. */
  readonly closed: Promise<void>;
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly path: string;
  readonly password: string;
  readonly role: Role;
}

/** Advisory locks belong to one database; this one lies in `postgres`, out of the way of the application's. */
const LOCK = [0x6b657974, 0x75726e] as const; // "keyt", "urn"

/** Undefined while Postgres does not answer yet, or no longer: starting, stopping, recovering, gone. */
export async function openSession({ path, password, role }: SessionOptions): Promise<Session | undefined> {
  const closed = Promise.withResolvers<void>();
  const sql = postgres({
    path,
    user: USER,
    password,
    database: "postgres",
    max: 1,
    // Both default to closing what must live as long as the process.
    max_lifetime: null,
    idle_timeout: 0,
    connect_timeout: 10,
    fetch_types: false,
    connection: { application_name: nameOf(role) },
    onclose: () => closed.resolve(),
  });
  const close = () => sql.end({ timeout: 1 });
  try {
    await sql`select`;
  } catch (error) {
    await close();
    if (isPassing(error)) return undefined;
    throw error;
  }
  return {
    closed: closed.promise,
    close,
    async tryOwn() {
      const [row] = await sql<
        { won: boolean }[]
      >`select pg_try_advisory_lock(${LOCK[0]}::int, ${LOCK[1]}::int) as won`;
      return row?.won === true;
    },
    async owner() {
      const [row] = await sql<{ name: string }[]>`
        select application_name as name from pg_stat_activity join pg_locks using (pid)
        where locktype = 'advisory' and granted
          and classid::bigint = ${LOCK[0]}::bigint and objid::bigint = ${LOCK[1]}::bigint
          and database = (select oid from pg_database where datname = 'postgres')`;
      return row && parseName(row.name);
    },
    async others() {
      const [row] = await sql<{ count: number }[]>`
        select count(*)::int from pg_stat_activity
        where application_name ~ '^keyturn (owner|guest) pid=' and pid <> pg_backend_pid()`;
      return row?.count ?? 0;
    },
    async rename(role) {
      await sql`select set_config('application_name', ${nameOf(role)}, false)`;
    },
  };
}

export const connectionTo = (path: string, password: string) =>
  ({ path, user: USER, password, database: DATABASE }) as const;

const nameOf = (role: Role): string => `keyturn ${role} pid=${process.pid}`;

function parseName(name: string): { role: Role; pid: number } | undefined {
  const match = /^keyturn (owner|guest|stopping) pid=(\d+)$/.exec(name);
  if (match === null) return undefined;
  const role = match[1] === "owner" || match[1] === "guest" ? match[1] : "stopping";
  return { role, pid: Number(match[2]) };
}

/** Socket errors and closed connections; SQLSTATE 57P01–57P03 (shutdown, crash, not ready), 53300 (no slot free). */
const PASSING =
  /^(ENOENT|ECONNREFUSED|ECONNRESET|EPIPE|EAGAIN|CONNECTION_\w+|CONNECT_TIMEOUT|57P0[123]|53300)$/;

export const isPassing = (error: unknown): boolean => PASSING.test(codeOf(error));
