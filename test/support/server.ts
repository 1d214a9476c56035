/** A whole Keyturn in this process, on a free port and a database of its own, gone at the end of the test. */
import { createServer } from "node:net";
import { Writable } from "node:stream";
import { type Environment, loadConfig } from "../../src/config.ts";
import { openDatabase } from "../../src/db/open.ts";
import { BUDGETS, type Budgets, enlarged } from "../../src/limits/budgets.ts";
import { createLogger } from "../../src/logger.ts";
import type { ProjectConfig } from "../../src/project.ts";
import { loadSecrets } from "../../src/secrets.ts";
import { type RunningServer, startServer } from "../../src/server.ts";
import { createTestDatabase, type TestDatabase } from "./postgres.ts";

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  readonly database: TestDatabase;
  /** Every log line so far, as written. */
  readonly log: string[];
}

/** 32 bytes each; good for tests only. */
export const TEST_SECRETS = {
  BETTER_AUTH_SECRETS: "1:a-test-secret-that-is-long-enough-1",
  KEY_ENCRYPTION_KEYS: `1:${Buffer.alloc(32, 7).toString("base64")}`,
} as const;

/** Key periods short enough to watch a key live its whole life. */
export const SHORT_PERIODS = {
  JWKS_MAX_AGE: "1s",
  VERIFIER_CACHE_MAX_AGE: "500ms",
  CLOCK_SKEW: "500ms",
  KEY_ANNOUNCE_PERIOD: "2s",
} as const;

export interface TestServerOptions {
  readonly env?: Environment;
  /** As keyturn.config.ts would say it. */
  readonly project?: ProjectConfig;
  /** Shared between replicas; otherwise the server gets its own. */
  readonly database?: TestDatabase;
  /** So wide by default that no test meets a limit it does not ask for. */
  readonly budgets?: Budgets;
}

export async function startTestServer({
  env = {},
  project = {},
  database,
  budgets = enlarged(BUDGETS, 10_000),
}: TestServerOptions = {}): Promise<TestServer> {
  await using undo = new AsyncDisposableStack();
  const own = database ?? undo.use(await createTestDatabase());
  const port = await freePort();
  const log: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const config = loadConfig({
    ISSUER: `http://localhost:${port}`,
    PORT: String(port),
    HOST: "localhost",
    DATABASE_URL: own.url,
    ...TEST_SECRETS,
    ...env,
  });
  const logger = createLogger({ level: config.LOG_LEVEL, pretty: false, destination });
  const opened = await openDatabase({ config, logger, mode: "own", password: undefined });
  const server = await startServer({
    config,
    logger,
    secrets: loadSecrets(config),
    project,
    budgets,
    database: opened,
  });
  undo.defer(() => server.close());
  const release = undo.move();
  return {
    url: config.ISSUER,
    server,
    database: own,
    log,
    [Symbol.asyncDispose]: () => release.disposeAsync(),
  };
}

/** Free a moment ago; good enough on loopback. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "localhost", () => {
      const address = probe.address();
      probe.close(() =>
        address === null || typeof address === "string"
          ? reject(new Error("no port"))
          : resolve(address.port),
      );
    });
  });
}
