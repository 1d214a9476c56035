// When the keys are fetched, who waits for them, and what happens while the issuer is away or under a flood.
// The issuer is a real server; only the clock is told what time it is.
import { describe, expect, test, vi } from "vitest";
import { exp, HOUR, MINUTE, pass, stopTheClock, stopTheTimers, trackVerifiers } from "./support/clock.ts";
import { type Issuer, makeKey, startIssuer, until } from "./support/issuer.ts";
import { codeOf, refusalOf } from "./support/refusal.ts";

const verifierFor = trackVerifiers();

describe("on a cold start", () => {
  test("a thousand callers share one fetch", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    const all = await Promise.all(Array.from({ length: 1000 }, () => verifier.verify(token)));
    expect(all).toHaveLength(1000);
    expect(issuer.fetches).toBe(1);
  });

  test("nothing is fetched before the first token", async () => {
    await using issuer = await startIssuer();
    verifierFor(issuer);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(issuer.fetches).toBe(0);
  });

  test("verifySync says the keys are unavailable, fetches them, and works from then on", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    expect(await codeOf(() => verifier.verifySync(token))).toBe("keys_unavailable");
    await verifier.ready();
    expect(verifier.verifySync(token).userId).toBe("user_1");
    expect(issuer.fetches).toBe(1);
  });

  test("a token refused for its claims costs the issuer nothing", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    expect(await codeOf(async () => verifier.verify(await issuer.token({ exp: 1 })))).toBe("token_expired");
    expect(issuer.fetches).toBe(0);
  });

  test("a token that expires while the keys are fetched has expired", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    issuer.instead = (response) => {
      pass(HOUR);
      response.end(JSON.stringify({ keys: issuer.published }));
    };
    expect(await codeOf(() => verifier.verify(token))).toBe("token_expired");
  });

  test("an issuer that is away means 503, not 401, and no challenge", async () => {
    const issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    await issuer[Symbol.asyncDispose]();
    const refusal = await refusalOf(() => verifier.verify(token));
    expect(refusal).toMatchObject({ code: "keys_unavailable", status: 503, challenge: null });
    expect((await refusalOf(() => verifier.verifySync(token))).status).toBe(503);
    expect((await refusalOf(() => verifier.ready())).status).toBe(503);
  });
});

describe("a refused answer", () => {
  test.each<[string, NonNullable<Issuer["instead"]>]>([
    ["a redirect", (response) => response.writeHead(302, { location: "/.well-known/jwks.json?again" }).end()],
    ["a 404", (response) => response.writeHead(404).end('{"keys":[]}')],
    ["a 304 nobody asked for", (response) => response.writeHead(304).end()],
    ["no JSON", (response) => response.end("<html>")],
    ["JSON null", (response) => response.end("null")],
    ["JSON of another shape", (response) => response.end('{"keys":{}}')],
    ["an empty set", (response) => response.end('{"keys":[]}')],
    ["a set of 300 KB", (response) => response.end(JSON.stringify({ keys: [], pad: "x".repeat(300_000) }))],
    [
      "a compressed body",
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("\x1f\x8b"),
    ],
    [
      "a body cut off",
      (response) =>
        void response.writeHead(200, { "content-length": "100" }).write('{"keys":', () => response.destroy()),
    ],
    ["a hang-up", (response) => response.destroy()],
    [
      "another protocol",
      ({ socket }) =>
        void socket?.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
    ],
  ])("%s gives no keys, and the issuer is not followed elsewhere", async (_name, instead) => {
    await using issuer = await startIssuer();
    issuer.instead = instead;
    const verifier = verifierFor(issuer);
    expect(await codeOf(() => verifier.ready())).toBe("keys_unavailable");
    expect(issuer.fetches).toBe(1);
  });

  test("an issuer that never answers is given five seconds", async () => {
    stopTheTimers();
    await using issuer = await startIssuer();
    issuer.instead = () => {};
    const outcome = codeOf(() => verifierFor(issuer).ready());
    await until(() => issuer.fetches === 1);
    await vi.advanceTimersByTimeAsync(5001);
    expect(await outcome).toBe("keys_unavailable");
  });
});

describe("a set in use", () => {
  test("is fetched anew by itself before it is stale", async () => {
    stopTheTimers();
    await using issuer = await startIssuer();
    await verifierFor(issuer).ready();
    const start = Date.now();
    await vi.advanceTimersToNextTimerAsync();
    await until(() => issuer.fetches === 2);
    expect((Date.now() - start) / MINUTE).toBeGreaterThan(3);
    expect((Date.now() - start) / MINUTE).toBeLessThan(4);
  });

  test.each<[string, Record<string, string>, number, number]>([
    ["no Cache-Control means five minutes", {}, 190_000, 226_000],
    ["max-age is followed", { "cache-control": "public, max-age=120" }, 77_000, 91_000],
    ["Age has been spent already", { "cache-control": "max-age=300", age: "180" }, 77_000, 91_000],
    ["no-store means half a minute, not every request", { "cache-control": "no-store" }, 19_000, 23_000],
    ["max-age=0 means half a minute", { "cache-control": "max-age=0" }, 19_000, 23_000],
    ["a year means ten minutes", { "cache-control": "max-age=31536000" }, 380_000, 451_000],
    ["s-maxage is not max-age", { "cache-control": "s-maxage=30" }, 190_000, 226_000],
  ])("is renewed by a caller who comes late, and %s", async (_name, headers, notYet, by) => {
    stopTheClock();
    await using issuer = await startIssuer();
    issuer.headers = headers;
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    pass(notYet);
    await verifier.verify(token);
    pass(by - notYet);
    verifier.verifySync(token);
    await until(() => issuer.fetches === 2);
  });

  test("is asked for with its ETag, and a 304 keeps it fresh", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    issuer.headers["etag"] = '"v1"';
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    issuer.instead = (response, etag) => response.writeHead(etag === '"v1"' ? 304 : 500).end();
    for (const fetches of [2, 3, 4]) {
      pass(6 * MINUTE);
      expect((await verifier.verify(token)).userId).toBe("user_1");
      expect(issuer.fetches).toBe(fetches);
    }
    expect(issuer.seenEtags).toEqual([undefined, '"v1"', '"v1"', '"v1"']);
  });

  test("no longer verifies with a key as soon as a set without it is in", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const next = await makeKey();
    const verifier = verifierFor(issuer);
    const [old, young] = [await issuer.token({ exp: exp() }), await issuer.token({ exp: exp() }, next)];
    issuer.published = [issuer.key.jwk, next.jwk];
    await verifier.verify(old);
    issuer.published = [next.jwk];
    pass(4 * MINUTE);
    await vi.waitFor(async () => expect(await codeOf(() => verifier.verifySync(old))).toBe("key_unknown"));
    expect(await codeOf(() => verifier.verify(old))).toBe("key_unknown");
    expect((await verifier.verify(young)).userId).toBe("user_1");
  });

  test("that became empty leaves nothing to verify with, until keys are back", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    issuer.published = [];
    pass(6 * MINUTE);
    expect(await codeOf(() => verifier.verify(token))).toBe("keys_unavailable");
    issuer.published = [issuer.key.jwk];
    pass(1000);
    expect((await verifier.verify(token)).userId).toBe("user_1");
  });

  test("is not trusted after a long sleep before it has been fetched anew", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    await verifier.verify(token);
    issuer.published = [(await makeKey()).jwk];
    pass(HOUR);
    expect(await codeOf(() => verifier.verifySync(token))).toBe("keys_unavailable");
    expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown");
  });

  test("is fetched anew when the clock has been set back", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp(), iat: 0 });
    await verifier.verify(token);
    pass(-HOUR);
    expect((await verifier.verify(token)).userId).toBe("user_1");
    expect(issuer.fetches).toBe(2);
  });
});

describe("after close", () => {
  test("nothing is fetched and nothing is accepted", async () => {
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    await verifier.verify(token);
    verifier.close();
    expect(await codeOf(() => verifier.verify(token))).toBe("keys_unavailable");
    expect(await codeOf(() => verifier.verifySync(token))).toBe("keys_unavailable");
    expect(issuer.fetches).toBe(1);
  });

  test("a fetch under way is broken off and its callers are answered", async () => {
    await using issuer = await startIssuer();
    issuer.instead = () => {};
    const verifier = verifierFor(issuer);
    const outcome = codeOf(async () => verifier.verify(await issuer.token()));
    await until(() => issuer.fetches === 1);
    verifier.close();
    expect(await outcome).toBe("keys_unavailable");
  });
});
