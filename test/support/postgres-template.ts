/**
 * Before all tests: a real Postgres (TEST_DATABASE_URL or DATABASE_URL, a container, or the embedded one) and one
 * migrated template database, which each test clones in a few milliseconds. Says which Postgres it took.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { parseDatabaseUrl } from "../../src/db/address.ts";
import { openEmbedded } from "../../src/db/embedded/open.ts";
import { applyMigrations } from "../../src/db/migrate.ts";
import { createLogger } from "../../src/logger.ts";
import { openAdmin, urlOf } from "./postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** A URL of the Postgres server, and the database to clone. */
    postgres: { url: string; template: string };
  }
}

const logger = createLogger({ level: "silent", pretty: false });

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { url, name, stop } = await choosePostgres();
  console.log(`tests use ${name}`);
  const template = `keyturn_template_${randomBytes(4).toString("hex")}`;
  const sql = openAdmin(url);
  await sql`create database ${sql(template)}`;
  await applyMigrations({ address: parseDatabaseUrl(urlOf(url, template)), schemaName: "auth", logger });
  project.provide("postgres", { url, template });
  return async () => {
    await sql`drop database if exists ${sql(template)} with (force)`;
    await sql.end();
    await stop();
  };
}

interface ChosenPostgres {
  readonly url: string;
  readonly name: string;
  stop(): Promise<void>;
}

async function choosePostgres(): Promise<ChosenPostgres> {
  const given = process.env["TEST_DATABASE_URL"] || process.env["DATABASE_URL"];
  if (given)
    return { url: given, name: "the Postgres of TEST_DATABASE_URL or DATABASE_URL", stop: async () => {} };
  if (process.env["TEST_POSTGRES"] !== "container") return startEmbedded();
  try {
    return await startContainer();
  } catch (error) {
    console.log(`no Docker engine answers (${String(error)}), so:`);
    return startEmbedded();
  }
}

async function startContainer(): Promise<ChosenPostgres> {
  const { GenericContainer, Wait } = await import("testcontainers");
  const password = randomBytes(12).toString("hex");
  const container = await new GenericContainer("postgres:18")
    .withEnvironment({ POSTGRES_PASSWORD: password })
    .withExposedPorts(5432)
    .withWaitStrategy(Wait.forLogMessage(/ready to accept connections/, 2))
    .start();
  const address = `${container.getHost()}:${container.getMappedPort(5432)}`;
  return {
    url: `postgres://postgres:${password}@${address}/postgres`,
    name: "a Postgres container",
    async stop() {
      await container.stop();
    },
  };
}

async function startEmbedded(): Promise<ChosenPostgres> {
  const dataDir = mkdtempSync(join(tmpdir(), "keyturn-test-"));
  const password = randomBytes(12).toString("hex");
  const { connection, stop } = await openEmbedded({ dataDir, password, logger, mode: "own", durable: false });
  const folder = encodeURIComponent(connection.path.replace(/\/\.s\.PGSQL\.\d+$/, ""));
  return {
    url: `postgres://${connection.user}:${password}@${folder}/${connection.database}`,
    name: "the embedded Postgres",
    async stop() {
      await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
