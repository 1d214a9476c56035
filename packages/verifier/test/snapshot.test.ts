// Keys that outlive the process, and what a caller is told of fetches.
import { createVerifier, type FetchEvent, type KeySnapshot } from "@keyturn/verifier";
import { afterEach, describe, expect, test, vi } from "vitest";
import { HOUR, pass, stopTheClock } from "./support/clock.ts";
import { AUDIENCE, type Issuer, makeKey, startIssuer, until } from "./support/issuer.ts";
import { codeOf } from "./support/refusal.ts";

afterEach(() => {
  vi.useRealTimers();
});

const verifierOf = (
  { url }: Issuer,
  more: { snapshot?: KeySnapshot; onFetch?: (event: FetchEvent) => void } = {},
) => createVerifier({ issuer: url, audience: AUDIENCE, ...more });

/** Through JSON, as it would be stored. */
async function snapshotOf(issuer: Issuer): Promise<KeySnapshot> {
  const verifier = verifierOf(issuer);
  await verifier.ready();
  const snapshot: KeySnapshot = JSON.parse(JSON.stringify(verifier.exportKeys()));
  verifier.close();
  return snapshot;
}

describe("a snapshot of the keys", () => {
  test("lets the next process verify at once, without a fetch", async () => {
    await using issuer = await startIssuer();
    const snapshot = await snapshotOf(issuer);
    const verifier = verifierOf(issuer, { snapshot });
    expect(verifier.verifySync(await issuer.token()).userId).toBe("user_1");
    expect(issuer.fetches).toBe(1);
    verifier.close();
  });

  test("serves through an outage at the start, for a day and no longer", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const snapshot = await snapshotOf(issuer);
    issuer.instead = (response) => void response.destroy();
    pass(23 * HOUR);
    const [early, late] = [verifierOf(issuer, { snapshot }), verifierOf(issuer, { snapshot })];
    expect((await early.verify(await issuer.token())).userId).toBe("user_1");
    pass(2 * HOUR);
    expect(await codeOf(async () => late.verify(await issuer.token()))).toBe("keys_unavailable");
    for (const verifier of [early, late]) verifier.close();
  });

  test("that is no longer fresh gives way to what the issuer says now", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const snapshot = await snapshotOf(issuer);
    const old = await issuer.token({ exp: Math.floor(Date.now() / 1000) + 7200 });
    issuer.published = [(await makeKey()).jwk];
    pass(HOUR);
    const verifier = verifierOf(issuer, { snapshot });
    expect(await codeOf(() => verifier.verify(old))).toBe("key_unknown");
    verifier.close();
  });

  test("is a copy: what is done to it changes no verifier", async () => {
    await using issuer = await startIssuer();
    issuer.headers = { etag: '"1"', "cache-control": "max-age=1" };
    const verifier = verifierOf(issuer);
    await verifier.ready();
    const exported: { sets: readonly { jwks: unknown }[] } = verifier.exportKeys();
    Object.assign(exported.sets[0]?.jwks ?? {}, { keys: [] });
    issuer.instead = (response) => void response.writeHead(304).end();
    await until(() => issuer.fetches > 1);
    expect((await verifier.verify(await issuer.token())).userId).toBe("user_1");
    verifier.close();
  });

  test("is of its issuer alone", async () => {
    await using one = await startIssuer();
    await using other = await startIssuer();
    const verifier = verifierOf(other, { snapshot: await snapshotOf(one) });
    expect((await verifier.verify(await other.token())).userId).toBe("user_1");
    expect(other.fetches).toBe(1);
    verifier.close();
  });

  test("is replaced as a whole by what the issuer sends: nobody's word confirms it unseen", async () => {
    await using issuer = await startIssuer();
    issuer.headers = { etag: '"1"' };
    const snapshot = { ...(await snapshotOf(issuer)) };
    const [set] = snapshot.sets;
    const damaged = {
      version: 1 as const,
      sets: set ? [{ ...set, etag: '"1"', refreshAt: set.fetchedAt }] : [],
    };
    const verifier = verifierOf(issuer, { snapshot: damaged });
    await verifier.verify(await issuer.token());
    await until(() => issuer.fetches === 2);
    expect(issuer.seenEtags).toEqual([undefined, undefined]);
    verifier.close();
  });

  test.each([
    ["of another version", (set: object) => ({ version: 2, sets: [set] })],
    ["without sets", () => ({ version: 1 })],
    [
      "that lives longer than keys may",
      (set: object) => ({ version: 1, sets: [{ ...set, usableUntil: 1e15 }] }),
    ],
    ["that stays fresh for years", (set: object) => ({ version: 1, sets: [{ ...set, freshUntil: 1e15 }] })],
    ["with a time that is none", (set: object) => ({ version: 1, sets: [{ ...set, fetchedAt: "now" }] })],
    ["whose set is none", (set: object) => ({ version: 1, sets: [{ ...set, jwks: "keys" }] })],
  ])("%s is passed over, and the keys are fetched", async (_, damage) => {
    await using issuer = await startIssuer();
    const { sets } = await snapshotOf(issuer);
    const snapshot = JSON.parse(JSON.stringify(damage(sets[0] ?? {})));
    const verifier = verifierOf(issuer, { snapshot });
    expect((await verifier.verify(await issuer.token())).userId).toBe("user_1");
    expect(issuer.fetches).toBe(2);
    verifier.close();
  });
});

describe("onFetch", () => {
  test("is told of a fetch that brought keys, and of one that failed", async () => {
    await using issuer = await startIssuer();
    const events: FetchEvent[] = [];
    const verifier = verifierOf(issuer, { onFetch: (event) => events.push(event) });
    await verifier.ready();
    verifier.close();
    issuer.instead = (response) => void response.writeHead(500).end();
    const other = verifierOf(issuer, { onFetch: (event) => events.push(event) });
    await codeOf(() => other.ready());
    other.close();
    expect(events).toEqual([
      {
        url: `${issuer.url}/.well-known/jwks.json`,
        ok: true,
        kids: [issuer.key.kid],
        milliseconds: expect.any(Number),
      },
      expect.objectContaining({ ok: false, kids: [], error: new Error("expected status 200, got 500") }),
    ]);
  });

  test("that throws costs nobody the keys", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierOf(issuer, {
      onFetch() {
        throw new Error("a bug of the caller");
      },
    });
    expect((await verifier.verify(await issuer.token())).userId).toBe("user_1");
    verifier.close();
  });
});
