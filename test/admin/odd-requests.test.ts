/** What nobody sends who means it: refused by name, never a bug. */
import { describe, expect, test } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { signUp } from "../support/people.ts";

const cursor = (at: unknown, id: unknown): string =>
  `cursor=${Buffer.from(JSON.stringify({ at, id })).toString("base64url")}`;

describe("a list", () => {
  test.each([
    ["cursor", `users?${cursor("----------", "x")}`],
    ["cursor", `users?${cursor("2030-01-01 00:00:00+00", "x")}`],
    ["cursor", `users?${cursor("9".repeat(18), "x")}`],
    ["cursor", `users?${cursor("1", 1)}`],
    ["cursor", `sessions?${cursor(null, null)}`],
    ["cursor", `audit?${cursor("1", "abc")}`],
    ["cursor", `audit?${cursor("1", "1e400")}`],
    ["cursor", `audit?${cursor("1", "1.5")}`],
    ["cursor", `audit?${cursor("1", "9".repeat(19))}`],
    ["from", "audit?from=0000-01-01"],
    ["until", "audit?until=2030-02-31"],
    ["until", "audit?until=tomorrow"],
    ["outcome", "audit?outcome=perhaps"],
  ])("with a %s that is none, %s, is refused", async (field, path) => {
    await using server = await startAdministered();
    const { status, body } = await server.send("GET", path);
    expect(status).toBe(422);
    expect(body.errors[0].field).toBe(field);
  });

  test("with a cursor as far away as one can say is empty, or whole", async () => {
    await using server = await startAdministered();
    const digits = "9".repeat(17);
    expect((await server.send("GET", `users?${cursor(digits, "x")}`)).body.users).toHaveLength(1);
    expect((await server.send("GET", `users?${cursor(`-${digits}`, "x")}`)).body.users).toEqual([]);
    expect((await server.send("GET", `audit?${cursor("1", "9".repeat(18))}`)).status).toBe(200);
  });
});

describe("a request", () => {
  test("for an audience no index takes, or a ban beyond the calendar, is refused", async () => {
    await using server = await startAdministered();
    const audience = Buffer.from(crypto.getRandomValues(new Uint8Array(4000))).toString("hex");
    const api = await server.send("PUT", `apis/${audience}`, { permissions: [] });
    expect([api.status, api.body.errors[0].field]).toEqual([422, "audience"]);
    const { id } = await signUp(server.url);
    const until = "9999-12-31T23:59:59-12:00";
    const ban = await server.send("POST", `users/${id}/ban`, { reason: "spam", until });
    expect([ban.status, ban.body.errors[0].field]).toEqual([422, "until"]);
  });
});
