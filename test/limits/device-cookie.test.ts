/** The cookie of a device somebody has signed in with: what it is, and all it is not good for. */
import { describe, expect, test } from "vitest";
import { BUDGETS } from "../../src/limits/budgets.ts";
import { createDeviceCookie } from "../../src/limits/device-cookie.ts";
import { codeIn, openMailbox } from "../support/mailbox.ts";
import { postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { BEHIND_PROXY, deviceOf, inTurn, signIn, times } from "./attempts.ts";

const DAY = 24 * 60 * 60 * 1000;
const NOW = 1_800_000_000_000;
const ISSUER = "http://localhost:3000";
const first = { version: 1, value: "the first secret, long enough for all" };
const second = { version: 2, value: "the second secret, long enough as well" };
const valueOf = (line = ""): string => line.slice(line.indexOf("=") + 1).split(";", 1)[0] ?? "";
const cookies = (...secrets: (typeof first)[]) =>
  createDeviceCookie([secrets[0] ?? first, ...secrets.slice(1)], ISSUER);

describe("the cookie of a device", () => {
  test("is HttpOnly and, on https, bound to this host; it comes with a sign-in and names nobody", async () => {
    await using server = await startTestServer({ env: { ISSUER: "https://auth.example.com" } });
    const url = `http://localhost:${server.server.services.config.PORT}`;
    const { email, password, id } = await signUp(url);
    const response = await signIn(url, { email, password });
    const line = response.headers.getSetCookie().find((each) => each.includes("keyturn.device")) ?? "";
    expect(line).toMatch(
      /^__Host-keyturn\.device=[\w.~-]+; Max-Age=15552000; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    );
    expect(line).not.toContain(email);
    expect(line).not.toContain(id);
    expect((await signIn(url, { email })).headers.getSetCookie()).toEqual([]);
  });

  test("is given once, and not again while it holds", async () => {
    await using server = await startTestServer();
    const { email, password } = await signUp(server.url);
    const cookie = deviceOf(await signIn(server.url, { email, password }));
    const again = await signIn(server.url, { email, password, cookie });
    expect(again.headers.getSetCookie().some((line) => line.startsWith("keyturn.device="))).toBe(false);
  });

  test("of one account buys nothing for another, and neither does one that was made up or cut", async () => {
    await using server = await startTestServer({ budgets: BUDGETS, env: BEHIND_PROXY });
    const [ada, eve] = [await signUp(server.url), await signUp(server.url)];
    const known = deviceOf(await signIn(server.url, { ...eve, from: "203.0.113.1" }));
    const own = deviceOf(await signIn(server.url, { ...ada, from: "198.51.100.1" }));
    await inTurn(5, () => signIn(server.url, { email: ada.email, from: "203.0.113.1" }));
    const forged = [
      known,
      own.slice(0, -1),
      `${own}x`,
      own.replace("device=", "device=A"),
      "keyturn.device=~~~",
      "",
    ];
    const attempt = (time: number) =>
      signIn(server.url, { ...ada, from: "203.0.113.1", cookie: forged[time] ?? "" });
    expect(await inTurn(forged.length, attempt)).toEqual(times(forged.length, 429));
    expect((await signIn(server.url, { ...ada, from: "203.0.113.1", cookie: own })).status).toBe(200);
  });

  test("is no way in: guesses with it are counted too, as those of one device", async () => {
    await using server = await startTestServer({ budgets: BUDGETS, env: BEHIND_PROXY });
    const { email, password } = await signUp(server.url);
    const cookie = deviceOf(await signIn(server.url, { email, password }));
    const guess = (time: number) => signIn(server.url, { email, cookie, from: `203.0.113.${time}` });
    expect(await inTurn(12, guess)).toEqual([...times(10, 401), 429, 429]);
    expect((await signIn(server.url, { email, password, from: "203.0.113.1" })).status).toBe(200);
  });

  test("is given for a code from a mail as well, and holds for a sign-in by password then", async () => {
    await using mailbox = await openMailbox();
    await using server = await startTestServer({ budgets: BUDGETS, env: { SMTP_URL: mailbox.url } });
    const { email, password } = await signUp(server.url);
    await server.database.sql`update "user" set email_verified = true`;
    await postJson(`${server.url}/api/auth/email-otp/send-verification-otp`, { email, type: "sign-in" });
    const mail = await mailbox.next({ to: email, subject: "Your code" });
    const response = await postJson(`${server.url}/api/auth/sign-in/email-otp`, { email, otp: codeIn(mail) });
    expect(response.status).toBe(200);
    await inTurn(6, () => signIn(server.url, { email }));
    expect((await signIn(server.url, { email, password })).status).toBe(429);
    expect((await signIn(server.url, { email, password, cookie: deviceOf(response) })).status).toBe(200);
  });
});

describe("what a device is known for", () => {
  test("are several accounts, each by all its names, until half a year has passed", () => {
    const device = cookies(first);
    const ada = ["user:1", "email:ada@example.com", "username:ada"];
    const one = valueOf(device.remember(undefined, ada, NOW));
    const both = valueOf(device.remember(one, ["email:ben@example.com"], NOW + DAY));
    for (const name of [...ada, "email:ben@example.com"])
      expect(device.find(both, [name], NOW + DAY), name).toBeDefined();
    expect(device.find(both, ["email:eve@example.com"], NOW + DAY)).toBeUndefined();
    expect(device.find(one, ada, NOW + 180 * DAY)).toBeUndefined();
    expect(device.find(one, ada, NOW - DAY)).toBeUndefined();
  });

  test("are the six accounts signed in with last", () => {
    const device = cookies(first);
    let value: string | undefined;
    for (let account = 0; account < 8; account++)
      value = valueOf(device.remember(value, [`user:${account}`], NOW));
    const known = Array.from(
      { length: 8 },
      (_, account) => device.find(value, [`user:${account}`], NOW) !== undefined,
    );
    expect(known).toEqual([false, false, true, true, true, true, true, true]);
  });

  test("stays known under a new secret, as the same device, and is signed anew with it", () => {
    const old = valueOf(cookies(first).remember(undefined, ["user:1"], NOW));
    const rotated = cookies(second, first);
    const id = rotated.find(old, ["user:1"], NOW);
    expect(id).toBe(cookies(first).find(old, ["user:1"], NOW));
    const renewed = valueOf(rotated.remember(old, ["user:1"], NOW));
    expect(cookies(second).find(renewed, ["user:1"], NOW)).toBe(id);
    expect(cookies(second).find(old, ["user:1"], NOW)).toBeUndefined();
  });

  test("is refreshed as the same device when half of its time is over", () => {
    const device = cookies(first);
    const value = valueOf(device.remember(undefined, ["user:1"], NOW));
    expect(device.remember(value, ["user:1"], NOW + 89 * DAY)).toBeUndefined();
    const renewed = valueOf(device.remember(value, ["user:1"], NOW + 91 * DAY));
    expect(device.find(renewed, ["user:1"], NOW + 200 * DAY)).toBe(device.find(value, ["user:1"], NOW));
  });
});
