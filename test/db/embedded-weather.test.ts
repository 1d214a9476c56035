import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { processRuns } from "../../src/db/embedded/processes.ts";
import { createPlace, createSeededPlace, forgetSeed, killPostmaster, query } from "./embedded-place.ts";

afterAll(forgetSeed);

test("a second server is refused and told the pid of the first", async () => {
  await using place = await createSeededPlace();
  const first = await place.spawn();
  const second = await place.spawn();
  expect(second.refused).toContain(`another Keyturn server (pid ${first.pid})`);
  expect(second.refused).toContain(place.dataDir);
  expect(second.wayOut).toContain("stop that one first");
  expect(first.refused).toBeUndefined();
});

test("of servers that start at once on an empty disk exactly one wins and the others are refused", async () => {
  await using place = createPlace();
  const all = await Promise.all([place.spawn(), place.spawn(), place.spawn()]);
  const winners = all.filter(({ refused }) => refused === undefined);
  expect(winners).toHaveLength(1);
  for (const { refused, stderr } of all) {
    if (refused !== undefined) expect(refused).toContain(`another Keyturn server (pid ${winners[0]?.pid})`);
    expect(stderr).toBe("");
  }
});

test("a killed server leaves a database that the next one takes over with all its data", async () => {
  await using place = await createSeededPlace();
  const killed = await place.spawn();
  const command = await place.open({ mode: "attach" });
  await query(command, "create table kept as select 42 as answer");
  await command.stop();
  await killed.kill("SIGKILL");
  const next = await place.open();
  expect(next.adopted).toBe(true);
  expect(next.pid).toBe(killed.postmaster);
  expect(await query(next, "select answer from kept")).toEqual([{ answer: 42 }]);
  await next.stop();
  expect(processRuns(next.pid)).toBe(false);
});

test("a server and its postmaster killed together are recovered from by the next start", async () => {
  await using place = await createSeededPlace();
  const killed = await place.spawn();
  killPostmaster(place.pgdata);
  await killed.kill("SIGKILL");
  const next = await place.open();
  expect(next.adopted).toBe(false);
  expect(await query(next, "select 1 as one")).toEqual([{ one: 1 }]);
});

test("a killed postmaster comes back under a running server, at the same address", async () => {
  await using place = await createSeededPlace();
  const database = await place.open({ durable: true });
  await query(database, "create table kept as select 42 as answer");
  const before = database.pid;
  killPostmaster(place.pgdata);
  await expect.poll(() => database.pid, { timeout: 10_000, interval: 20 }).not.toBe(before);
  expect(await query(database, "select answer from kept")).toEqual([{ answer: 42 }]);
  const second = await place.spawn();
  expect(second.refused).toContain(`another Keyturn server (pid ${process.pid})`);
});

test("a killed backend makes Postgres restart itself, and the server owns it still", async () => {
  await using place = await createSeededPlace();
  const database = await place.open();
  const owners = `select pid from pg_stat_activity where application_name = 'keyturn owner pid=${process.pid}'`;
  const [killed] = await query(database, owners);
  process.kill(Number(killed?.["pid"]), "SIGKILL");
  const owner = async () => (await query(database, owners).catch(() => []))[0]?.["pid"] ?? killed?.["pid"];
  await expect.poll(owner, { timeout: 10_000, interval: 20 }).not.toBe(killed?.["pid"]);
  expect((await place.spawn()).refused).toContain(`(pid ${process.pid})`);
});

test("a lock file that a power cut left empty is in nobody's way", async () => {
  await using place = await createSeededPlace();
  const file = join(place.pgdata, "postmaster.pid");
  writeFileSync(file, "");
  utimesSync(file, 0, 0);
  expect(await query(await place.open(), "select 1 as one")).toEqual([{ one: 1 }]);
});

test.runIf(process.platform === "linux")(
  "a dead postmaster's pid may belong to a stranger by now",
  async () => {
    await using place = await createSeededPlace();
    await (await place.open()).stop();
    // Of the same account, or Postgres itself would see that it is no postmaster.
    const { uid, gid } = statSync(place.pgdata);
    const stranger = spawn("sleep", ["60"], {
      stdio: "ignore",
      ...(process.getuid?.() === 0 ? { uid, gid } : {}),
    });
    try {
      await once(stranger, "spawn");
      writeFileSync(join(place.pgdata, "postmaster.pid"), `${stranger.pid}\n/nowhere\n`);
      expect(await query(await place.open(), "select 1 as one")).toEqual([{ one: 1 }]);
    } finally {
      stranger.kill();
    }
  },
);

test("a database that cannot be brought back is reported lost", async () => {
  await using place = await createSeededPlace();
  const database = await place.open();
  const lost = Promise.withResolvers<Error>();
  database.onLost(lost.resolve);
  renameSync(join(place.pgdata, "global", "pg_control"), join(place.dataDir, "pg_control.taken"));
  killPostmaster(place.pgdata);
  expect((await lost.promise).message).toContain("global/pg_control is missing");
});

test("a database whose data are taken away is lost, not begun anew", async () => {
  await using place = await createSeededPlace();
  const database = await place.open();
  const lost = Promise.withResolvers<Error>();
  database.onLost(lost.resolve);
  renameSync(place.pgdata, `${place.pgdata}.taken`);
  process.kill(database.pid, "SIGKILL");
  expect((await lost.promise).message).toContain("has disappeared");
  expect(existsSync(place.pgdata)).toBe(false);
});

test("a stopped server's database is not brought back", async () => {
  await using place = await createSeededPlace();
  const server = await place.spawn();
  await server.kill("SIGTERM");
  expect(processRuns(server.postmaster ?? 0)).toBe(false);
});
