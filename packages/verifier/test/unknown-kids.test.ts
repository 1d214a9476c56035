// A kid the set does not have: a stranger's invention or a genuine new key. The first must not decide how busy the
// issuer is, nor hold anybody up; the second must be found at once.
import { createVerifier } from "@keyturn/verifier";
import { expect, test, vi } from "vitest";
import { createUnknownKids } from "../src/unknown-kids.ts";
import { forge } from "./support/forge.ts";
import { AUDIENCE, makeKey, startIssuer } from "./support/issuer.ts";
import { codeOf } from "./support/refusal.ts";

const strangers = (iss: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => forge({ iss }, { kid: `stranger-${index}` }));

test("a genuine new key is accepted at its first token", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  await verifier.verify(await issuer.token());
  const next = await makeKey();
  issuer.published.push(next.jwk);
  expect((await verifier.verify(await issuer.token({}, next))).userId).toBe("user_1");
  expect(issuer.fetches).toBe(2);
  verifier.close();
});

test("verifySync finds a genuine new key in the background", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  await verifier.ready();
  const next = await makeKey();
  issuer.published.push(next.jwk);
  const token = await issuer.token({}, next);
  expect(await codeOf(() => verifier.verifySync(token))).toBe("key_unknown");
  await vi.waitFor(() => verifier.verifySync(token), { timeout: 1000, interval: 5 });
  verifier.close();
});

test("10,000 tokens with unknown kids, one after another, cost at most 5 fetches, and a genuine new key right after is accepted within a second", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  const [genuine, next] = [await issuer.token(), await makeKey()];
  const young = await issuer.token({}, next);
  await verifier.verify(genuine);
  for (const token of strangers(issuer.url, 10_000)) {
    expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown");
  }
  expect(issuer.fetches).toBeLessThanOrEqual(5);
  issuer.published.push(next.jwk);
  const published = performance.now();
  await vi.waitFor(() => verifier.verify(young), { timeout: 3000, interval: 10 });
  expect(performance.now() - published).toBeLessThan(1000);
  verifier.close();
});

test("10,000 tokens with unknown kids at once share the fetch of a cold start", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  const codes = await Promise.all(
    strangers(issuer.url, 10_000).map((token) => codeOf(() => verifier.verify(token))),
  );
  expect(new Set(codes)).toEqual(new Set(["key_unknown"]));
  expect(issuer.fetches).toBeLessThanOrEqual(2);
  verifier.close();
});

test("one kid that is asked for again and again costs one fetch, then ever fewer", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  await verifier.ready();
  const [token = ""] = strangers(issuer.url, 1);
  for (let index = 0; index < 100; index++) await codeOf(() => verifier.verify(token));
  expect(issuer.fetches).toBe(2);
  verifier.close();
});

test("a caller with a known key does not wait for the fetch a stranger has caused", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  const genuine = await issuer.token();
  await verifier.verify(genuine);
  issuer.instead = () => {};
  const [token = ""] = strangers(issuer.url, 1);
  const stranger = codeOf(() => verifier.verify(token));
  expect((await verifier.verify(genuine)).userId).toBe("user_1");
  verifier.close();
  expect(await stranger).toBe("keys_unavailable");
});

test("an unknown kid in an outage is 401 while there are keys to judge it by", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  await verifier.ready();
  issuer.instead = (response) => response.destroy();
  const [one = "", two = ""] = strangers(issuer.url, 2);
  expect(await codeOf(() => verifier.verify(one))).toBe("key_unknown");
  expect(await codeOf(() => verifier.verify(two))).toBe("key_unknown");
  expect(issuer.fetches).toBe(2);
  verifier.close();
});

test("the bucket holds two fetches and gains one every 0.8 s", () => {
  const kids = createUnknownKids();
  const admitted = (now: number): boolean => kids.admit(crypto.randomUUID(), now);
  expect([admitted(10_000), admitted(10_000), admitted(10_000)]).toEqual([true, true, false]);
  expect([admitted(10_799), admitted(10_800), admitted(10_800)]).toEqual([false, true, false]);
  expect([admitted(60_000), admitted(60_000), admitted(60_000)]).toEqual([true, true, false]);
});

test("a kid looked for in vain pauses for half a second, then twice as long each time, up to a minute", () => {
  const kids = createUnknownKids();
  let now = 0;
  const pauses: number[] = [];
  for (let round = 0; round < 9; round++) {
    kids.missed("kid", now);
    const since = now;
    while (!kids.admit("kid", now)) now += 100;
    pauses.push((now - since) / 1000);
  }
  expect(pauses).toEqual([0.5, 1, 2, 4, 8, 16, 32, 60, 60]);
});

test("a clock set back does not stop new kids", () => {
  const kids = createUnknownKids();
  kids.admit("a", 1_000_000);
  kids.admit("b", 1_000_000);
  kids.missed("c", 1_000_000);
  expect(kids.admit("d", 500_000)).toBe(false);
  expect(kids.admit("c", 500_800)).toBe(true);
});
