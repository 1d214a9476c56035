// Tokens that were seen before: cheaper, and never better than a look at them anew would be.
import { createVerifier } from "@keyturn/verifier";
import { afterEach, describe, expect, test, vi } from "vitest";
import { createTokenCache } from "../src/token-cache.ts";
import { exp, pass, stopTheClock, trackVerifiers } from "./support/clock.ts";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "./support/forge.ts";
import { makeKey, startIssuer, until } from "./support/issuer.ts";
import { codeOf } from "./support/refusal.ts";

const verifierFor = trackVerifiers();
const jwks = { keys: [JWK] };

afterEach(() => {
  vi.useRealTimers();
});

describe("a token seen before", () => {
  test("gives the same frozen answer, by promise and at once", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const token = forge();
    const auth = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(auth);
    expect(verifier.verifySync(token)).toBe(auth);
  });

  test("is looked at anew without the cache", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, tokenCache: false });
    const token = forge();
    expect(await verifier.verify(token)).not.toBe(await verifier.verify(token));
  });

  test("hands out a Date of their own to each reader, so that nobody prolongs it for others", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const token = forge();
    const { expiresAt } = await verifier.verify(token);
    const expected = expiresAt.getTime();
    expiresAt.setFullYear(2999);
    expect((await verifier.verify(token)).expiresAt.getTime()).toBe(expected);
  });

  test("expires at its time all the same, and not before", async () => {
    stopTheClock();
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const token = forge({ exp: inSeconds(60) });
    await verifier.verify(token);
    pass(64_000);
    await verifier.verify(token);
    pass(2_000);
    expect(await codeOf(() => verifier.verify(token))).toBe("token_expired");
    expect(await codeOf(() => verifier.verifySync(token))).toBe("token_expired");
  });

  test("is not valid yet again when the clock is set back", async () => {
    stopTheClock();
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const token = forge();
    await verifier.verify(token);
    pass(-60_000);
    expect(await codeOf(() => verifier.verify(token))).toBe("token_not_active");
  });

  test("dies with its key, as soon as the set without it is in", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token();
    await verifier.verify(token);
    const next = await makeKey();
    issuer.published = [next.jwk];
    pass(299_000);
    await verifier.verify(token);
    await until(() => issuer.fetches === 2);
    await vi.waitFor(async () => expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown"));
  });

  test("outlives a fetch that brings the same key, and not one that brings another under its kid", async () => {
    stopTheClock();
    await using issuer = await startIssuer();
    const verifier = verifierFor(issuer);
    const token = await issuer.token({ exp: exp() });
    const auth = await verifier.verify(token);
    pass(299_000);
    await verifier.verify(token);
    await until(() => issuer.fetches === 2);
    expect(await verifier.verify(token)).toBe(auth);
    const impostor = await makeKey("EdDSA", issuer.key.kid);
    issuer.published = [impostor.jwk];
    pass(299_000);
    await verifier.verify(token).catch(() => {});
    await until(() => issuer.fetches === 3);
    await vi.waitFor(async () =>
      expect(await codeOf(() => verifier.verify(token))).toBe("signature_invalid"),
    );
  });

  test("is gone with the verifier", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const token = forge();
    const auth = await verifier.verify(token);
    verifier.close();
    expect(await verifier.verify(token)).not.toBe(auth);
  });
});

describe("a token that was refused", () => {
  test("is never remembered", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const [header = "", payload = ""] = forge().split(".");
    for (let time = 0; time < 2; time++)
      expect(await codeOf(() => verifier.verify(`${header}.${payload}.${"A".repeat(86)}`))).toBe(
        "signature_invalid",
      );
  });
});

describe("the cache", () => {
  test("holds as many as it was told at most, and forgets what was not asked for", () => {
    const cache = createTokenCache<number>(10);
    for (let number = 0; number < 100; number++) {
      cache.set(`token-${number}`, number);
      cache.get("token-0");
    }
    const held = Array.from({ length: 100 }, (_, number) => cache.get(`token-${number}`)).filter(
      (entry) => entry !== undefined,
    );
    expect(held.length).toBeLessThanOrEqual(10);
    expect(held).toContain(0);
    expect(cache.get("token-1")).toBeUndefined();
  });

  test.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("cannot be of %d entries", (tokenCache) => {
    expect(() => createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, tokenCache })).toThrow(TypeError);
  });
});

describe("a hundred tokens at the same moment", () => {
  test("are all answered rightly, most of them off this thread", async () => {
    const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
    const tokens = Array.from({ length: 100 }, (_, number) => forge({ sub: `user_${number}` }));
    const forged = tokens.map((token) => `${token.slice(0, -86)}${"A".repeat(86)}`);
    const [answers, refusals] = await Promise.all([
      Promise.all(tokens.map((token) => verifier.verify(token))),
      Promise.all(forged.map((token) => codeOf(() => verifier.verify(token)))),
    ]);
    expect(answers.map(({ userId }) => userId)).toEqual(tokens.map((_, number) => `user_${number}`));
    expect(new Set(refusals)).toEqual(new Set(["signature_invalid"]));
  });
});
