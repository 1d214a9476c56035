/** Three Keyturn servers on one Postgres, behind one front, with key periods short enough to watch keys live and die. */
import { randomBytes } from "node:crypto";
import postgres from "postgres";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import type { Child } from "../child.ts";
import type { Stage } from "../stage.ts";
import { type Front, openFront } from "./front.ts";
import { signUp } from "./person.ts";

type Settings = Readonly<Record<string, string>>;

/** Milliseconds. A verifier may use a JWKS for `maxAge + cacheMaxAge`; everything is as short as Keyturn allows. */
export const PERIODS = { jwksMaxAge: 1_000, cacheMaxAge: 300, clockSkew: 500, tokenTtl: 3_000 } as const;

const COMPRESSED: Settings = {
  JWKS_MAX_AGE: `${PERIODS.jwksMaxAge}ms`,
  VERIFIER_CACHE_MAX_AGE: `${PERIODS.cacheMaxAge}ms`,
  CLOCK_SKEW: `${PERIODS.clockSkew}ms`,
  KEY_ANNOUNCE_PERIOD: `${PERIODS.jwksMaxAge + PERIODS.cacheMaxAge + PERIODS.clockSkew}ms`,
  KEY_ROTATION_PERIOD: `${PERIODS.jwksMaxAge + PERIODS.cacheMaxAge + PERIODS.clockSkew}ms`,
  KEY_SNAPSHOT_MAX_AGE: "5s",
  TOKEN_TTL: `${PERIODS.tokenTtl}ms`,
  LOG_LEVEL: "warn",
};

/** Each prefers another algorithm, so that all of them sign all the time. */
const PREFERENCES = ["EdDSA,RS256", "RS256,EdDSA", "RS256,EdDSA"] as const;
export const ALGORITHMS = ["EdDSA", "RS256"] as const;

export interface Replica {
  readonly name: string;
  readonly url: string;
  /** `kill -9`, then a new process in its place. Resolves when that is ready. */
  replace(): Promise<void>;
}

export interface Installation extends AsyncDisposable {
  readonly front: Front;
  readonly replicas: readonly Replica[];
  readonly sql: postgres.Sql;
  /** `Authorization` of the administrator. */
  readonly administrator: string;
}

export interface InstallationOptions {
  readonly settings?: Settings;
  /** How far each replica's clock is off, in milliseconds. */
  readonly clockOffsets?: readonly number[];
}

const secrets = { BETTER_AUTH_SECRETS: newSecret(), KEY_ENCRYPTION_KEYS: newSecret() };
const ADMIN_EMAIL = "admin@example.com";

export async function openInstallation(
  stage: Stage,
  { settings = COMPRESSED, clockOffsets = [] }: InstallationOptions = {},
): Promise<Installation> {
  await using undo = new AsyncDisposableStack();
  const front = undo.use(await openFront());
  const databaseUrl = await createDatabase(await stage.postgres());
  const sql = openSql(databaseUrl);
  undo.defer(() => sql.end({ timeout: 1 }));
  const start = (index: number): Promise<Child> =>
    stage.start({
      name: `replica-${index + 1}`,
      args: ["--import", "./bench/prove/clock.ts", "--conditions=@keyturn/source", "src/main.ts"],
      environment: () => ({
        ...secrets,
        ...settings,
        ADMIN_EMAIL,
        KEY_ALGORITHMS: PREFERENCES[index] ?? PREFERENCES[0],
        DATABASE_URL: databaseUrl,
        ISSUER: front.url,
        CLOCK_OFFSET_MS: String(clockOffsets[index] ?? 0),
      }),
      readyPath: "/readyz",
    });
  // At once, on an empty database: the first start is part of the proof.
  const children = await Promise.all(PREFERENCES.map((_, index) => start(index)));
  const replicas = children.map((child, index) => createReplica(front, child, index, start));
  undo.defer(async () => {
    for (const replica of replicas) await replica.stop();
  });
  const administrator = await signUp(front.url, ADMIN_EMAIL);
  const release = undo.move();
  return { front, replicas, sql, administrator, [Symbol.asyncDispose]: () => release.disposeAsync() };
}

function createReplica(front: Front, first: Child, index: number, start: (index: number) => Promise<Child>) {
  let child = first;
  front.replicas.add(child.url);
  return {
    name: `replica ${index + 1}`,
    get url() {
      return child.url;
    },
    async replace() {
      process.kill(child.pid, "SIGKILL");
      // The front finds out by itself, from a connection that breaks or is refused.
      const gone = child.url;
      child = await start(index);
      front.replicas.delete(gone);
      front.replicas.add(child.url);
    },
    async stop() {
      front.replicas.delete(child.url);
      await child[Symbol.asyncDispose]();
    },
  };
}

/** A fresh, empty one beside that of `serverUrl`. */
async function createDatabase(serverUrl: string): Promise<string> {
  const name = `prove_${randomBytes(6).toString("hex")}`;
  const sql = openSql(serverUrl);
  await sql`create database ${sql(name)}`;
  await sql.end();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

function openSql(databaseUrl: string): postgres.Sql {
  const options = { max: 2, onnotice: () => {}, connection: { search_path: "auth" } };
  const address = parseDatabaseUrl(databaseUrl);
  return "url" in address ? postgres(address.url, options) : postgres({ ...address, ...options });
}

function newSecret(): string {
  return `1:${randomBytes(32).toString("base64")}`;
}
