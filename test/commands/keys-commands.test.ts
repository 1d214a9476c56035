/** `keyturn keys …`: what the verbs do and say, and what they refuse. `probe` and `rewrap` have tests of their own. */
import { describe, expect, test } from "vitest";
import { keysCommand } from "../../src/commands/keys.ts";
import { kidOf, kidsOf, revoke, statesOf, tablesOf } from "../support/keys.ts";
import { asBearer, postJson, signUp } from "../support/people.ts";
import { createTestDatabase, type TestDatabase } from "../support/postgres.ts";
import { runKeyturn } from "../support/process.ts";
import { startTestServer, TEST_SECRETS } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const KEY_ALGORITHMS = "EdDSA";
const start = () => startTestServer({ env: { ADMIN_EMAIL, KEY_ALGORITHMS } });

const keys = ({ url }: TestDatabase, ...args: readonly string[]) =>
  runKeyturn(["keys", ...args], { DATABASE_URL: url, ...TEST_SECRETS, KEY_ALGORITHMS });

describe("keyturn keys", () => {
  test("names its verbs, and each explains itself", async () => {
    const { code, output } = await runKeyturn(["keys", "--help"], {});
    expect(code).toBe(0);
    const verbs = keysCommand().commands;
    expect(verbs.map((verb) => verb.name())).toEqual([
      "list",
      "timeline",
      "rotate",
      "revoke",
      "probe",
      "rewrap",
      "abandon",
    ]);
    for (const verb of verbs) {
      let help = "";
      verb.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      expect(output.replaceAll(/\s+/g, " ")).toContain(`${verb.name()} [options]`);
      expect(output.replaceAll(/\s+/g, " ")).toContain(verb.description());
      expect(help).toMatch(new RegExp(`^Usage: keys ${verb.name()} \\[options\\]`));
      for (const { flags, description } of verb.options) {
        expect(help).toContain(flags);
        expect(description.length, flags).toBeGreaterThan(2);
      }
      expect(help).toContain("--json");
    }
  });
});

describe("keyturn keys revoke", () => {
  test("without --yes, and without a terminal to ask at, is refused and changes nothing", async () => {
    await using server = await start();
    const before = await tablesOf(server.database);
    const kid = await kidOf(server.database, "signing");
    const { code, output } = await keys(server.database, "revoke", "--reason", "leaked", "--", kid);
    expect(code).toBe(1);
    expect(output).toMatch(/cannot be undone[\s\S]*add --yes/);
    expect(output).not.toContain("    at ");
    expect(await tablesOf(server.database)).toEqual(before);
  });

  test("with --yes takes the key from running servers at once, and says what verifiers will see", async () => {
    await using server = await start();
    const kid = await kidOf(server.database, "signing");
    const standby = await kidOf(server.database, "announced");
    const { code, output } = await keys(server.database, "revoke", "--yes", "--reason", "leaked", "--", kid);
    expect(code).toBe(0);
    expect(await kidsOf(server)).not.toContain(kid);
    expect(output.split("\n")).toEqual([
      `revoked ${kid} (EdDSA, was signing)`,
      "It is gone from the JWKS of every server that reaches the database within a second.",
      expect.stringContaining("keyturn keys probe"),
      expect.stringContaining(`${standby} signs EdDSA tokens from now on`),
      "",
    ]);
    expect(
      await server.database.sql`select actor, detail from audit_event where action = 'key.revoked'`,
    ).toEqual([{ actor: "cli", detail: { alg: "EdDSA", was: "signing", reason: "leaked" } }]);
  });

  test("with --json prints what the endpoint answers, and nothing else", async () => {
    await using server = await start();
    const kid = await kidOf(server.database, "announced");
    const { code, output } = await keys(
      server.database,
      "revoke",
      "--yes",
      "--json",
      "--reason",
      "leaked",
      "--",
      kid,
    );
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ kid, was: "announced", reason: "leaked", successor: null });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const { body } = await revoke(server, bearer, kid);
    expect(Object.keys(JSON.parse(output))).toEqual(Object.keys(body));
    expect(body.revoked_at).toBe(JSON.parse(output).revoked_at);
  });

  test("of a kid that never was says so in a line, without a stack", async () => {
    await using server = await start();
    const before = await tablesOf(server.database);
    const { code, output } = await keys(server.database, "revoke", "nobody", "--yes", "--reason", "leaked");
    expect({ code, output }).toEqual({
      code: 1,
      output: "keyturn: Expected the kid of a key of this server; there is none called nobody.\n",
    });
    expect(await tablesOf(server.database)).toEqual(before);
  });

  test("without a reason, or with one the endpoint would refuse, is refused and changes nothing", async () => {
    await using server = await start();
    const before = await tablesOf(server.database);
    const kid = await kidOf(server.database, "signing");
    for (const reason of [[], ["--reason", ""], ["--reason", " "], ["--reason", "x".repeat(501)]]) {
      const { code } = await keys(server.database, "revoke", "--yes", ...reason, "--", kid);
      expect(code, JSON.stringify(reason)).toBe(1);
    }
    expect(await tablesOf(server.database)).toEqual(before);
  });
});

describe("keyturn keys list", () => {
  test("on a database no server has used yet says so", async () => {
    await using database = await createTestDatabase({ empty: true });
    const { code, output } = await keys(database, "list");
    expect({ code, output }).toEqual({
      code: 0,
      output: "no keys yet: a server makes them when it starts\n",
    });
  });

  test("shows one line a key: what seals it and what comes next, or why it was revoked", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await revoke(server, bearer, await kidOf(server.database, "signing"), {
      body: { reason: "found in a log" },
    });
    const { output } = await keys(server.database, "list");
    const lines = output.trimEnd().split("\n");
    expect(lines).toHaveLength(4);
    for (const [state, rest] of [
      ["announced", /EdDSA +announced +v1 +signing at \d{4}-/],
      ["signing", /EdDSA +signing +v1 +verifying at \d{4}-/],
      ["revoked", /EdDSA +revoked +found in a log$/],
    ] as const) {
      const kid = await kidOf(server.database, state);
      expect(lines.find((line) => line.startsWith(kid))).toMatch(rest);
    }
  });

  test("is a table that no reason can break, or hide itself in a terminal", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(server.database, "signing");
    await revoke(server, bearer, kid);
    // By hand in the database: nothing else would take it.
    const reason = "leaked\nFORGED-KID  EdDSA  signing\u001b[2K\r";
    await server.database.sql`update signing_key set revocation_reason = ${reason} where kid = ${kid}`;
    const { output } = await keys(server.database, "list");
    expect(output.trimEnd().split("\n")).toHaveLength(4);
    for (const control of ["\u001b", "\r"]) expect(output).not.toContain(control);
  });

  test("goes on, as GET /admin/keys does, when one private half is damaged: that is when it is needed", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await server.database
      .sql`update signing_key set sealed_private_key = 'damaged' where state = 'announced'`;
    expect((await fetch(`${server.url}/admin/keys`, asBearer(bearer))).status).toBe(200);
    expect((await keys(server.database, "list")).code).toBe(0);
  });
});

describe("keyturn keys timeline", () => {
  test("draws one line a key above a scale and a legend, and with --all also those that are gone", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await postJson(`${server.url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers);
    const gone = await kidOf(server.database, "verifying");
    await revoke(server, bearer, gone);
    const { code, output } = await keys(server.database, "timeline");
    expect(code).toBe(0);
    const [signing, standby, now, scale, empty, legend] = output.split("\n");
    expect(signing).toMatch(/^EdDSA \S{12}…  signing .*█/);
    expect(signing).toContain((await kidOf(server.database, "signing")).slice(0, 12));
    expect(standby).toMatch(/^EdDSA \S{12}…  announced .*░+█+$/);
    expect(now).toMatch(/^ +now \d{4}-/);
    expect(scale).toMatch(/^ +\d{4}-.*Z +\d{4}-.*Z$/);
    expect(empty).toBe("");
    expect(legend).toBe("░ announced  █ signing  ▒ verifying  ✗ revoked  │ now; what lies ahead is planned");
    expect(output).not.toContain(gone.slice(0, 12));
    const all = await keys(server.database, "timeline", "--all");
    expect(all.output.split("\n").find((line) => line.includes(gone.slice(0, 12)))).toMatch(/revoked .*✗$/);
  });

  test("with --json tells the spans of each key as times, and nothing else", async () => {
    await using server = await start();
    const { output } = await keys(server.database, "timeline", "--json");
    const timeline = JSON.parse(output);
    expect(Object.keys(timeline)).toEqual(["now", "from", "until", "keys"]);
    expect(timeline.keys).toHaveLength(2);
    const kid = await kidOf(server.database, "announced");
    const standby = timeline.keys.find((key: { kid: string }) => key.kid === kid);
    expect(standby).toEqual({
      kid,
      alg: "EdDSA",
      state: "announced",
      spans: [
        { state: "announced", from: expect.any(String), until: expect.any(String) },
        { state: "signing", from: expect.any(String), until: timeline.until },
      ],
      revoked_at: null,
    });
    expect(standby.spans[0].until).toBe(standby.spans[1].from);
  });

  test("on a database without keys says so", async () => {
    await using database = await createTestDatabase();
    const { code, output } = await keys(database, "timeline");
    expect({ code, output }).toEqual({
      code: 0,
      output: "no keys yet: a server makes them when it starts\n",
    });
  });
});

describe("keyturn keys rotate", () => {
  test("in an emergency turns the key of running servers, and says from when the next one signs otherwise", async () => {
    await using server = await start();
    const standby = await kidOf(server.database, "announced");
    const scheduled = await keys(server.database, "rotate", "--json");
    expect(JSON.parse(scheduled.output).rotations).toMatchObject([
      { alg: "EdDSA", kid: standby, done: false },
    ]);
    const { code, output } = await keys(server.database, "rotate", "--emergency");
    expect(code).toBe(0);
    expect(output).toContain(`${standby}  EdDSA  signs now`);
    expect(await statesOf(server.database)).toEqual(["EdDSA announced", "EdDSA signing", "EdDSA verifying"]);
  });
});
