/** Somebody holds the lock of the keys and does not let go: a replica that froze in the middle of a turn. */
import { decodeProtectedHeader } from "jose";
import { describe, expect, test, vi } from "vitest";
import { holdKeys, kidOf, kidsOf, revoke } from "../support/keys.ts";
import { asBearer, postJson, signUp, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const ADMIN_EMAIL = "admin@example.com";
const start = () => startTestServer({ env: { ADMIN_EMAIL, KEY_ALGORITHMS: "EdDSA" } });

describe("while the keys are held", () => {
  test("a key whose time has come signs, and the JWKS has it: turning it in the table can wait", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url);
    const standby = await kidOf(server.database, "announced");
    await using held = await holdKeys(server.database);
    await server.database.sql`update signing_key set activates_at = now() where kid = ${standby}`;
    await held.waiting(1);
    expect(decodeProtectedHeader(await tokenOf(server.url, bearer)).kid).toBe(standby);
    expect(await kidsOf(server)).toContain(standby);
    expect(await kidOf(server.database, "announced")).toBe(standby);
    await held.release();
    await vi.waitFor(async () => expect(await kidOf(server.database, "signing")).toBe(standby), {
      timeout: 5_000,
    });
  });

  test("tokens are given, however many requests to rotate wait for them", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    await using held = await holdKeys(server.database);
    const waiting = Array.from({ length: 8 }, () =>
      postJson(`${server.url}/admin/keys/rotate`, { emergency: true }, asBearer(bearer).headers),
    );
    await held.waiting(2);
    const began = performance.now();
    const { status } = await fetch(`${server.url}/api/auth/token`, asBearer(bearer));
    const took = performance.now() - began;
    await held.release();
    await Promise.all(waiting);
    expect(status).toBe(200);
    expect(took).toBeLessThan(1_000);
  });

  test("a revocation waits, and the audit says when it happened, not when it began to wait", async () => {
    await using server = await start();
    const { bearer } = await signUp(server.url, { email: ADMIN_EMAIL });
    const { sql } = server.database;
    await using held = await holdKeys(server.database);
    const answer = revoke(server, bearer, await kidOf(server.database, "signing"));
    await held.waiting(1);
    const [since] = await sql`select now() as at`;
    await vi.waitFor(async () => {
      const [row] = await sql`select now() > ${since?.["at"]}::timestamptz + interval '400 ms' as later`;
      expect(row?.["later"]).toBe(true);
    });
    await held.release();
    const { revoked_at } = (await answer).body;
    const [event] = await sql`select at from audit_event where action = 'key.revoked'`;
    expect(Math.abs(event?.["at"].getTime() - Date.parse(revoked_at))).toBeLessThan(250);
  });
});
