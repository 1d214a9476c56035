import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { StartupError } from "../../src/errors.ts";
import { createPlace, createSeededPlace, type EmbeddedPlace, forgetSeed } from "./embedded-place.ts";

afterAll(forgetSeed);

test.each([
  ["19", "newer Keyturn"],
  ["17", "pg_upgrade"],
])("a cluster written by Postgres %s is refused and not touched", async (version, wayOut) => {
  await using place = await createSeededPlace();
  writeFileSync(join(place.pgdata, "PG_VERSION"), `${version}\n`);
  const before = everythingIn(place.dataDir);
  const refusal = await refusalOf(place);
  expect(refusal.message).toContain(`Postgres ${version}`);
  expect(refusal.wayOut).toContain(wayOut);
  expect(everythingIn(place.dataDir)).toEqual(before);
});

test.each(["PG_VERSION", "global/pg_control"])(
  "a cluster without %s is refused and not touched",
  async (file) => {
    await using place = await createSeededPlace();
    rmSync(join(place.pgdata, file));
    const before = everythingIn(place.dataDir);
    const refusal = await refusalOf(place);
    expect(refusal.message).toContain(`${file} is missing`);
    expect(refusal.wayOut).toContain("restore it from a backup, or move it away");
    expect(everythingIn(place.dataDir)).toEqual(before);
  },
);

test("a folder called postgres that is no cluster is refused and not touched", async () => {
  await using place = createPlace();
  mkdirSync(place.pgdata, { recursive: true });
  writeFileSync(join(place.pgdata, "notes.txt"), "mine");
  expect((await refusalOf(place)).message).toContain("PG_VERSION is missing");
  expect(everythingIn(place.dataDir).map(([path]) => path)).toEqual(["postgres", "postgres/notes.txt"]);
});

test("a lost password is told as such, and nothing is left running", async () => {
  await using place = await createSeededPlace();
  const refusal = await refusalOf(place, "another");
  expect(refusal.message).toContain("does not accept the password");
  expect(refusal.wayOut).toContain("restore the secrets");
  expect(readdirSync(place.pgdata)).not.toContain("postmaster.pid");
});

test("a Postgres that will not start is quoted", async () => {
  await using place = await createSeededPlace();
  writeFileSync(join(place.pgdata, "postgresql.conf"), "wal_level = quatsch\n");
  const refusal = await refusalOf(place);
  expect(refusal.message).toContain('invalid value for parameter "wal_level"');
  expect(refusal.wayOut).toContain("postgres.log");
});

test("a DATA_DIR that is a file is refused", async () => {
  await using place = createPlace();
  writeFileSync(place.dataDir, "");
  expect((await refusalOf(place)).message).toContain("is not a directory");
});

async function refusalOf(place: EmbeddedPlace, password?: string): Promise<StartupError> {
  const outcome = await place
    .open(password === undefined ? {} : { password })
    .catch((error: unknown) => error);
  if (outcome instanceof StartupError) return outcome;
  throw new Error("expected a StartupError", { cause: outcome });
}

/** Paths with size, mode and time: whoever writes anything is seen. */
function everythingIn(directory: string): [string, string][] {
  const paths = readdirSync(directory, { recursive: true, encoding: "utf8" }).sort();
  return paths.map((path) => {
    const { size, mode, mtimeMs } = statSync(join(directory, path));
    return [path, `${size} ${mode.toString(8)} ${mtimeMs}`];
  });
}
