/** `/metrics`: what Prometheus reads there, and who may not. */
import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { Hono } from "hono";
import { describe, expect, test, vi } from "vitest";
import type { AppEnv } from "../../src/http/context.ts";
import { createErrorHandler } from "../../src/http/errors.ts";
import { createMetricsHandler } from "../../src/http/metrics.ts";
import { createLogger } from "../../src/logger.ts";
import { kidOf, kidsOf, revoke } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer, TEST_SECRETS, type TestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";

const textOf = async ({ url }: TestServer): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** `{ 'keyturn_keys{alg="EdDSA",state="signing"}': 1, … }` */
async function keyNumbers(server: TestServer): Promise<Record<string, number>> {
  const lines = (await textOf(server)).split("\n").filter((line) => line.startsWith("keyturn_"));
  return Object.fromEntries(
    lines.map((line): [string, number] => [
      line.slice(0, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" "))),
    ]),
  );
}

const rotate = ({ url }: TestServer, bearer: string, body: object) =>
  postJson(`${url}/admin/keys/rotate`, body, asBearer(bearer).headers);

describe("the metrics", () => {
  test("are in the text format of Prometheus, each explained, beside those of the process", async () => {
    await using server = await startTestServer();
    const response = await fetch(`${server.url}/metrics`);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const text = await response.text();
    const types = [...text.matchAll(/^# TYPE keyturn_(\w+) (\w+)$/gm)].map(
      ([, name, type]) => `${name} ${type}`,
    );
    expect(types.toSorted()).toEqual([
      "can_sign gauge",
      "key_fenced_seconds_total counter",
      "key_next_transition_seconds gauge",
      "key_revocations_total counter",
      "key_rotations_total counter",
      "key_snapshot_age_seconds gauge",
      "keys gauge",
      "signatures_total counter",
    ]);
    for (const type of types)
      expect(text).toMatch(new RegExp(`^# HELP keyturn_${type.split(" ", 1)[0]} \\w+ `, "m"));
    expect(text).toMatch(/^process_cpu_seconds_total \d/m);
  });

  test("tell keys, tokens, turns and revocations as they happened", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const first = await kidOf(server.database, "signing");
    for (let count = 0; count < 3; count++) await tokenOf(server.url, bearer);
    const before = await keyNumbers(server);
    expect(before).toEqual({
      'keyturn_keys{alg="EdDSA",state="announced"}': 1,
      'keyturn_keys{alg="EdDSA",state="signing"}': 1,
      'keyturn_keys{alg="RS256",state="announced"}': 1,
      'keyturn_keys{alg="RS256",state="signing"}': 1,
      [`keyturn_signatures_total{kid="${first}"}`]: 3,
      'keyturn_key_rotations_total{alg="EdDSA",kind="first"}': 1,
      'keyturn_key_rotations_total{alg="RS256",kind="first"}': 1,
      keyturn_key_revocations_total: 0,
      keyturn_can_sign: 1,
      keyturn_key_fenced_seconds_total: 0,
      keyturn_key_snapshot_age_seconds: expect.any(Number),
      keyturn_key_next_transition_seconds: expect.any(Number),
    });
    // A read of the keys every half second; a rotation after 90 days.
    expect(before["keyturn_key_snapshot_age_seconds"]).toBeGreaterThanOrEqual(0);
    expect(before["keyturn_key_snapshot_age_seconds"]).toBeLessThan(2);
    expect(before["keyturn_key_next_transition_seconds"]).toBeLessThanOrEqual(90 * 86_400);
    expect(before["keyturn_key_next_transition_seconds"]).toBeGreaterThan(90 * 86_400 - 60);

    await rotate(server, bearer, { alg: "EdDSA", emergency: true });
    await tokenOf(server.url, bearer);
    await server.database
      .sql`update signing_key set announced_at = announced_at - interval '25 hours' where alg = 'RS256'`;
    await rotate(server, bearer, { alg: "RS256" });
    const second = await kidOf(server.database, "signing");
    await revoke(server, bearer, second);
    await revoke(server, bearer, second);
    await tokenOf(server.url, bearer);
    const after = await keyNumbers(server);
    expect(after).toMatchObject({
      'keyturn_keys{alg="EdDSA",state="announced"}': 1,
      'keyturn_keys{alg="EdDSA",state="signing"}': 1,
      'keyturn_keys{alg="EdDSA",state="verifying"}': 1,
      'keyturn_keys{alg="RS256",state="verifying"}': 1,
      [`keyturn_signatures_total{kid="${first}"}`]: 3,
      [`keyturn_signatures_total{kid="${second}"}`]: 1,
      [`keyturn_signatures_total{kid="${await kidOf(server.database, "signing")}"}`]: 1,
      'keyturn_key_rotations_total{alg="EdDSA",kind="first"}': 1,
      'keyturn_key_rotations_total{alg="EdDSA",kind="emergency"}': 2,
      'keyturn_key_rotations_total{alg="RS256",kind="ordinary"}': 1,
      keyturn_key_revocations_total: 1,
    });
    // KEY_SNAPSHOT_MAX_AGE + TOKEN_TTL + CLOCK_SKEW until the superseded ones retire.
    expect(after["keyturn_key_next_transition_seconds"]).toBeLessThanOrEqual(390);
    expect(after["keyturn_key_next_transition_seconds"]).toBeGreaterThan(330);
  });

  test("are of this replica alone: a turn is counted by the one that wrote it", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    await using replica = await startTestServer({ database: server.database });
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const kid = await kidOf(server.database, "signing");
    await revoke(replica, bearer, kid);
    await vi.waitFor(async () => expect(await kidsOf(server)).not.toContain(kid), { interval: 20 });
    const counters = async (each: TestServer) =>
      Object.entries(await keyNumbers(each)).filter(([name]) => /rotations|revocations/.test(name));
    expect(await counters(server)).toEqual([
      ['keyturn_key_rotations_total{alg="EdDSA",kind="first"}', 1],
      ['keyturn_key_rotations_total{alg="RS256",kind="first"}', 1],
      ["keyturn_key_revocations_total", 0],
    ]);
    expect(await counters(replica)).toEqual([
      ['keyturn_key_rotations_total{alg="EdDSA",kind="emergency"}', 1],
      ["keyturn_key_revocations_total", 1],
    ]);
  });

  test("hold nothing secret, and nothing of a person", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL } });
    const { bearer, id, email } = await signUp(server.url, { email: ADMIN_EMAIL });
    const token = await tokenOf(server.url, bearer);
    await revoke(server, bearer, await kidOf(server.database, "signing"), {
      body: { reason: "a-reason-to-hide" },
    });
    const rows = await server.database.sql`select kid, sealed_private_key from signing_key`;
    const text = await textOf(server);
    const secrets = [
      bearer,
      bearer.split(".", 1)[0] ?? "",
      ...token.split("."),
      id,
      email,
      "a-reason-to-hide",
      ...Object.values(TEST_SECRETS).map((secret) => secret.slice(2)),
      ...rows.map((row) => row["sealed_private_key"]).filter((sealed) => sealed !== null),
      new URL(server.database.url).password,
    ];
    for (const secret of secrets) {
      expect(secret).toMatch(/^.{5,}/);
      expect(text).not.toContain(secret);
    }
    const labels = text
      .split("\n")
      .filter((line) => line.startsWith("keyturn_"))
      .join("\n");
    for (const [, name, value = ""] of labels.matchAll(/(\w+)="([^"]*)"/g)) {
      expect(["alg", "state", "kind", "kid"]).toContain(name);
      if (name === "kid") expect(rows.map(({ kid }) => kid)).toContain(value);
    }
  });
});

describe("the seconds in which nothing was signed", () => {
  test("grow while the keys cannot be read, and by no more than the time that has passed", async () => {
    await using server = await startTestServer({ env: { KEY_SNAPSHOT_MAX_AGE: "5s" } });
    const { sql } = server.database;
    const fenced = async () => (await keyNumbers(server))["keyturn_key_fenced_seconds_total"] ?? 0;
    expect(await fenced()).toBe(0);
    const lock = await sql.reserve();
    await lock`begin`;
    const lockedAt = performance.now();
    await lock`lock table signing_key in access exclusive mode`;
    const fencedFor = (seconds: number) =>
      vi.waitFor(async () => expect(await fenced()).toBeGreaterThan(seconds), {
        timeout: 12_000,
        interval: 50,
      });
    await fencedFor(0.1);
    expect((await keyNumbers(server))["keyturn_key_snapshot_age_seconds"]).toBeGreaterThan(5);
    await fencedFor(0.5);
    await lock`commit`;
    lock.release();
    await vi.waitFor(async () => expect(server.server.services.ring.canSign()).toBe(true), { interval: 20 });
    const passed = (performance.now() - lockedAt) / 1000;
    const total = await fenced();
    expect(total).toBeGreaterThan(0.5);
    // It may sign for five seconds after it last read them, which was half a second before the lock at most.
    expect(total).toBeLessThan(passed - 4);
    await server.server.services.ring.refresh();
    expect(await fenced()).toBe(total);
  });
});

describe("asking for the metrics", () => {
  test("through a proxy is refused, whichever header says so, and whatever TRUSTED_PROXIES is", async () => {
    await using server = await startTestServer({ env: { TRUSTED_PROXIES: "127.0.0.0/8,::1" } });
    for (const name of ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"]) {
      const response = await fetch(`${server.url}/metrics`, { headers: { [name]: "10.0.0.1" } });
      expect(response.status, name).toBe(403);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(await response.text()).not.toContain("keyturn_key");
    }
  });

  const app = new Hono<AppEnv>().get(
    "/metrics",
    createMetricsHandler({ render: async () => ({ body: "numbers", contentType: "text/plain" }) }),
  );
  app.onError(createErrorHandler(createLogger({ level: "silent", pretty: false })));
  const statusFrom = async (remoteAddress: string | undefined) => {
    const socket = Object.defineProperty(new Socket(), "remoteAddress", { value: remoteAddress });
    const incoming = new IncomingMessage(socket);
    return (await app.request("/metrics", {}, { incoming, outgoing: new ServerResponse(incoming) })).status;
  };

  test.each([
    "127.0.0.1",
    "::1",
    "10.1.2.3",
    "172.31.0.9",
    "::ffff:192.168.1.9",
    "100.64.0.1",
    "169.254.10.10",
    "fd12:3456::1",
    "fe80::1%eth0",
  ])("from the private address %s is answered", async (address) => {
    expect(await statusFrom(address)).toBe(200);
  });

  test.each([
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "::ffff:8.8.8.8",
    "2606:4700::1111",
    "2002:a00:1::",
    "64:ff9b::a00:1",
    "0.0.0.0",
    "",
    undefined,
  ])("from %s is refused", async (address) => {
    expect(await statusFrom(address)).toBe(403);
  });
});
