/** Where a request comes from, as far as limits are concerned: nothing a caller may choose. */
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { newEmail } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { BEHIND_PROXY, inTurn, signIn, times } from "./attempts.ts";

const behindProxy = { budgets: BUDGETS, env: BEHIND_PROXY };

describe("another network", () => {
  test("has guesses of its own, when a trusted proxy says that it is another", async () => {
    await using server = await startTestServer(behindProxy);
    const email = newEmail();
    expect(await inTurn(6, () => signIn(server.url, { email, from: "203.0.113.1" }))).toEqual([
      ...times(5, 401),
      429,
    ]);
    expect((await signIn(server.url, { email, from: "203.0.113.2" })).status).toBe(401);
  });

  test("cannot be claimed by a caller who is no trusted proxy", async () => {
    await using server = await startTestServer({ budgets: BUDGETS });
    const email = newEmail();
    const forged = (time: number) => signIn(server.url, { email, from: `203.0.113.${time}` });
    expect(await inTurn(7, forged)).toEqual([...times(5, 401), 429, 429]);
  });

  test("cannot be claimed through a trusted proxy either: what stood before its own entry is not believed", async () => {
    await using server = await startTestServer(behindProxy);
    const email = newEmail();
    const forged = (time: number) => signIn(server.url, { email, from: `203.0.113.${time}, 198.51.100.9` });
    expect(await inTurn(6, forged)).toEqual([...times(5, 401), 429]);
  });
});

describe("IPv6 addresses", () => {
  test("of one /64 share their guesses, and the next /64 has its own", async () => {
    await using server = await startTestServer(behindProxy);
    const email = newEmail();
    const neighbour = (time: number) => signIn(server.url, { email, from: `2001:db8:0:1::${time + 1}` });
    expect(await inTurn(7, neighbour)).toEqual([...times(5, 401), 429, 429]);
    expect((await signIn(server.url, { email, from: "2001:db8:0:2::1" })).status).toBe(401);
  });

  test("that are IPv4 addresses in disguise share with these", async () => {
    await using server = await startTestServer(behindProxy);
    const email = newEmail();
    const disguises = ["203.0.113.7", "::ffff:203.0.113.7", "::ffff:cb00:7107", "64:ff9b::203.0.113.7"];
    const disguised = (time: number) =>
      signIn(server.url, { email, from: disguises[time % disguises.length] ?? "" });
    expect(await inTurn(6, disguised)).toEqual([...times(5, 401), 429]);
  });
});
