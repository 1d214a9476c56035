/** The floors, the homes of third-party packages, the pure files, and the size of files: ARCHITECTURE.md, held. */
import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const SRC = fileURLToPath(new URL("../src", import.meta.url));

/** From the top down. Imports go down, or stay inside one folder. */
const FLOORS: Readonly<Record<string, readonly string[]>> = {
  entry: ["main.ts", "cli.ts", "commands", "serve.ts", "services.ts", "server.ts", "app.ts"],
  http: ["http"],
  engines: ["accounts", "oauth"],
  domains: ["keys", "tokens", "sessions", "revocation", "access"],
  ground: ["db", "audit", "email", "limits", "metrics.ts"],
  base: [
    "config.ts",
    "settings.ts",
    "secrets.ts",
    "vault",
    "project.ts",
    "mail-kinds.ts",
    "errors.ts",
    "exit.ts",
    "logger.ts",
    "duration.ts",
    "version.ts",
    "start-cost.ts",
  ],
};

/** Floors whose members may know each other: they are one thing in several files. */
const ONE_THING: ReadonlySet<string> = new Set(["entry", "ground", "base"]);

const HOMES: Readonly<Record<string, readonly string[]>> = {
  "better-auth": ["accounts"],
  "@better-auth": ["accounts"],
  "oidc-provider": ["oauth"],
  hono: ["http", "app.ts", "server.ts"],
  "@hono/node-server": ["http", "server.ts"],
  jose: ["keys"],
  "drizzle-orm": [
    "db",
    "audit",
    "keys/store.ts",
    "keys/turn.ts",
    "sessions/session-store.ts",
    "access/store.ts",
    "accounts",
    "email",
    "services.ts",
  ],
  postgres: ["db"],
  commander: ["cli.ts", "commands"],
  "@node-rs/argon2": ["accounts/passwords"],
  bcryptjs: ["accounts/passwords"],
  "p-limit": ["accounts"],
  pino: ["logger.ts"],
  "pino-pretty": ["logger.ts"],
  "ipaddr.js": ["settings.ts", "http", "accounts/device.ts", "limits"],
  "rate-limiter-flexible": ["limits"],
  ioredis: ["limits"],
  nodemailer: ["email"],
  "prom-client": ["metrics.ts"],
  qr: ["accounts/second-factor.ts"],
};

/** Deciding code: data in, data out. No database, no network, no clock, no randomness. */
const PURE = [
  "keys/key.ts",
  "keys/lifecycle.ts",
  "keys/policy.ts",
  "keys/revocation.ts",
  "keys/rotation.ts",
  "tokens/claims.ts",
  "access/roles.ts",
  "accounts/passwords/encoding.ts",
  "accounts/passwords/stored-hash.ts",
  "accounts/passwords/stored-pbkdf2.ts",
  "accounts/passwords/stored-scrypt.ts",
  "accounts/passwords/keyboard.ts",
  "accounts/passwords/common-password.ts",
  "accounts/passwords/personal.ts",
  "access/permission.ts",
  "access/model.ts",
  "mail-kinds.ts",
  "email/layout.ts",
  "email/loopback.ts",
  "email/retry.ts",
  "http/admin/key-view.ts",
  "http/middleware/client-address.ts",
  "limits/budgets.ts",
  "limits/counter.ts",
  "limits/fields.ts",
  "limits/network.ts",
  "limits/plans.ts",
  "duration.ts",
  "vault/reference.ts",
  "commands/table.ts",
  "commands/timeline.ts",
];
const IMPURE =
  /Date\.now|new Date\(\)|performance\.now|randomUUID|randomBytes|Math\.random|process\.|fetch\(|node:(?:fs|http|net|child_process)/;

interface SourceFile {
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files: readonly SourceFile[] = globSync("**/*.ts", { cwd: SRC }).map((path) => {
  const text = readFileSync(join(SRC, path), "utf8");
  const imports = [...text.matchAll(/(?:from|import\() ?"([^"]+)"/g)].map(([, name = ""]) => name);
  return { path, text, imports };
});

const member = (path: string): string => path.split("/")[0] ?? path;
const floorOf = (path: string): string | undefined =>
  Object.keys(FLOORS).find((floor) => FLOORS[floor]?.includes(member(path)));
const resolve = ({ path }: SourceFile, name: string): string => relative(SRC, join(SRC, dirname(path), name));
const isBelow = (path: string, place: string): boolean => path === place || path.startsWith(`${place}/`);

describe("the floors", () => {
  test("have a place for every file", () => {
    expect(files.filter(({ path }) => floorOf(path) === undefined).map(({ path }) => path)).toEqual([]);
  });

  test("are imported downwards only, and never sideways between engines or domains", () => {
    const order = Object.keys(FLOORS);
    const wrong = files.flatMap((file) =>
      file.imports
        .filter((name) => name.startsWith("."))
        .map((name) => resolve(file, name))
        .filter((target) => {
          const [from, to] = [floorOf(file.path) ?? "", floorOf(target) ?? ""];
          if (member(file.path) === member(target)) return false;
          return from === to ? !ONE_THING.has(from) : order.indexOf(to) < order.indexOf(from);
        })
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("are quoted by ARCHITECTURE.md", () => {
    const text = readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8");
    for (const floor of Object.keys(FLOORS)) expect(text.toLowerCase()).toContain(floor);
    for (const folder of new Set(files.map(({ path }) => member(path))))
      expect(text, folder).toContain(folder.replace(/\.ts$/, ""));
  });
});

describe("third-party packages", () => {
  test("are imported only where they are at home", () => {
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .map((name) => Object.keys(HOMES).find((home) => isBelow(name, home)))
        .filter((home) => home !== undefined && !HOMES[home]?.some((place) => isBelow(path, place)))
        .map((home) => `${path} imports ${home}`),
    );
    expect(wrong).toEqual([]);
  });
});

describe("a pure file", () => {
  test.each(PURE)("%s touches no database, network, clock or randomness", (path) => {
    const file = files.find((each) => each.path === path);
    expect(file).toBeDefined();
    expect(file?.text.replaceAll(/\/\*[\s\S]*?\*\//g, "")).not.toMatch(IMPURE);
    const runtime = [...(file?.text ?? "").matchAll(/import (?!type)[^;]*from "(\.[^"]+)"/g)].map(
      ([, name = ""]) => name,
    );
    for (const name of runtime)
      expect([...PURE, "settings.ts"]).toContain(relative(SRC, join(SRC, dirname(path), name)));
  });
});

describe("the private half of a key", () => {
  test("is spoken of in keys/ alone", () => {
    const speakers = files
      .filter(({ text }) => /privateKey|sealedPrivateKey|createPrivateKey/.test(text))
      .map(({ path }) => path);
    const others = speakers.filter((path) => !path.startsWith("keys/"));
    // The column, the log's list of what to hide, and the bridge that says there is none.
    expect(others.toSorted()).toEqual(["accounts/jwt-bridge.ts", "db/schema/signing-key.ts", "logger.ts"]);
  });
});

describe("files", () => {
  test("are short: half of them at most 90 lines, none over 300", () => {
    const lengths = files.map(({ text }) => text.split("\n").length).toSorted((a, b) => a - b);
    expect(lengths[Math.floor(lengths.length / 2)]).toBeLessThanOrEqual(90);
    expect(lengths.at(-1)).toBeLessThanOrEqual(300);
  });

  test("say in their first lines what they own", () => {
    const silent = files.filter(({ text }) => !/^(?:#!.*\n)?\/\*\*/.test(text)).map(({ path }) => path);
    expect(silent).toEqual([]);
  });

  test("are never drawers: no utils, helpers, lib, common, types or interfaces", () => {
    expect(
      files.filter(({ path }) =>
        /(?:^|\/)(?:utils?|helpers?|lib|common|types|interfaces)(?:\.ts|\/)/.test(path),
      ),
    ).toEqual([]);
  });
});

describe("migrations", () => {
  test("name no schema: DATABASE_SCHEMA decides through the search path", () => {
    for (const path of globSync("drizzle/*.sql", { cwd: join(SRC, "..") })) {
      expect(readFileSync(join(SRC, "..", path), "utf8"), path).not.toMatch(/"public"\.|"auth"\./);
    }
  });
});
