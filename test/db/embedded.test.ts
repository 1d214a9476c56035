import { mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { processRuns } from "../../src/db/embedded/processes.ts";
import { createPlace, createSeededPlace, forgetSeed, query } from "./embedded-place.ts";

afterAll(forgetSeed);

describe("the embedded database", () => {
  test("is ready after the first start and keeps its data over a restart", async () => {
    await using place = createPlace();
    const first = await place.open({ durable: true });
    expect(first.adopted).toBe(false);
    await query(first, "create table kept as select 42 as answer");
    await first.stop();
    const second = await place.open({ durable: true });
    expect(second.adopted).toBe(false);
    expect(second.connection).toEqual(first.connection);
    expect(await query(second, "select answer from kept")).toEqual([{ answer: 42 }]);
  });

  test("is a checksummed UTF-8 cluster with the locale C that listens on no port and jits nothing", async () => {
    await using place = createPlace();
    const database = await place.open();
    const [settings] = await query(
      database,
      `select current_setting('data_checksums') as checksums, current_setting('listen_addresses') as addresses,
              current_setting('jit') as jit, pg_encoding_to_char(encoding) as encoding, datcollate as collation,
              (select rolpassword like 'SCRAM-SHA-256$%' from pg_authid where rolname = current_user) as scram
       from pg_database where datname = current_database()`,
    );
    expect(settings).toEqual({
      checksums: "on",
      addresses: "",
      jit: "off",
      encoding: "UTF8",
      collation: "C",
      scram: true,
    });
  });

  test("lets nobody but its owner read anything below the data directory", async () => {
    await using place = createPlace();
    await place.open();
    const open = [place.dataDir, ...entriesBelow(place.dataDir)].filter((path) => {
      return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o077;
    });
    expect(open).toEqual([]);
  });

  test("can be stopped twice and is gone after the first time", async () => {
    await using place = await createSeededPlace();
    const database = await place.open();
    await Promise.all([database.stop(), database.stop()]);
    expect(processRuns(database.pid)).toBe(false);
    expect(readdirSync(place.pgdata)).not.toContain("postmaster.pid");
  });

  test("works in a directory whose path is too long for a socket", async () => {
    await using place = createPlace("long-".repeat(30));
    const database = await place.open();
    expect(Buffer.byteLength(database.connection.path)).toBeLessThanOrEqual(107);
    expect(await query(database, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("sweeps away what a killed first start has left", async () => {
    await using place = createPlace();
    const stale = join(place.dataDir, "postgres.new-4194304-abcdef");
    mkdirSync(stale, { recursive: true, mode: 0o700 });
    await place.open();
    expect(readdirSync(place.dataDir).sort()).toEqual(["postgres", "postgres.log"]);
  });
});

describe("a command that attaches", () => {
  test("uses the database of a running server and leaves it running", async () => {
    await using place = await createSeededPlace();
    const server = await place.open();
    const command = await place.open({ mode: "attach" });
    expect(command.pid).toBe(server.pid);
    await command.stop();
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  });

  test("starts the database when no server runs, and stops it afterwards", async () => {
    await using place = await createSeededPlace();
    const command = await place.open({ mode: "attach" });
    expect(await query(command, "select 1 as one")).toEqual([{ one: 1 }]);
    await command.stop();
    expect(processRuns(command.pid)).toBe(false);
  });

  test("leaves the database it started to a server that has come meanwhile", async () => {
    await using place = await createSeededPlace();
    const command = await place.open({ mode: "attach" });
    const server = await place.open();
    expect(server.adopted).toBe(true);
    await command.stop();
    expect(await query(server, "select 1 as one")).toEqual([{ one: 1 }]);
  });
});

const entriesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).map((entry) => join(directory, entry));
