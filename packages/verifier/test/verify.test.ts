// What an accepted token gives, which options there are, and what they change.
import { createVerifier } from "@keyturn/verifier";
import { afterEach, describe, expect, test, vi } from "vitest";
import { AUDIENCE, forge, ISSUER, inSeconds, JWK } from "./support/forge.ts";
import { makeKey, secondsFromNow, signToken, startIssuer } from "./support/issuer.ts";
import { codeOf } from "./support/refusal.ts";

const jwks = { keys: [JWK] };
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });

afterEach(() => {
  vi.useRealTimers();
});

describe("an accepted token", () => {
  test("gives who is calling in an API's words, and every claim", async () => {
    const exp = inSeconds(300);
    const token = forge({
      exp,
      sid: "session_1",
      roles: ["admin"],
      permissions: ["tasks:*"],
      scope: "openid tasks",
      org_id: "org_1",
      client_id: "client_1",
      plan: "pro",
    });
    expect(await verifier.verify(token)).toEqual({
      userId: "user_1",
      sessionId: "session_1",
      roles: ["admin"],
      permissions: ["tasks:*"],
      scopes: ["openid", "tasks"],
      organizationId: "org_1",
      clientId: "client_1",
      expiresAt: new Date(exp * 1000),
      claims: expect.objectContaining({ iss: ISSUER, aud: AUDIENCE, sub: "user_1", exp, plan: "pro" }),
    });
  });

  test("has null and nothing where a claim is absent", () => {
    expect(verifier.verifySync(forge())).toMatchObject({
      sessionId: null,
      roles: [],
      permissions: [],
      scopes: [],
      organizationId: null,
      clientId: null,
    });
  });

  test("cannot be changed, however deep", async () => {
    const auth = await verifier.verify(forge({ roles: ["member"], custom: { deep: [{ a: 1 }] } }));
    const frozen = (value: unknown): boolean =>
      typeof value !== "object" ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every(frozen));
    expect(frozen({ ...auth, expiresAt: null })).toBe(false);
    expect(frozen(Object.freeze({ ...auth, expiresAt: null }))).toBe(true);
    expect(() => Reflect.apply(Array.prototype.push, auth.roles, ["admin"])).toThrow(TypeError);
  });

  test.each(["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])("may have the typ %s", async (typ) => {
    expect((await verifier.verify(forge({}, { typ }))).userId).toBe("user_1");
  });

  test("may name several audiences, one of which is ours", async () => {
    expect((await verifier.verify(forge({ aud: ["other", AUDIENCE] }))).userId).toBe("user_1");
  });

  test("may have a claim named __proto__ without becoming one", async () => {
    const auth = await verifier.verify(forge(JSON.parse('{"__proto__":{"roles":["admin"]}}')));
    expect(auth.roles).toEqual([]);
  });

  test.each([{ note: 'añ\n"quoted": 1, 😀' }, { 2: "b", 1: "a" }, { note: "\\" }])(
    "may be written in any valid JSON: %j",
    async (claims) => {
      expect((await verifier.verify(forge(claims))).claims).toMatchObject(claims);
    },
  );

  test.each(["EdDSA", "Ed25519", "RS256", "RS384", "PS256", "PS512", "ES256", "ES384", "ES512"] as const)(
    "may be signed with %s, when that is allowed",
    async (alg) => {
      const key = await makeKey(alg);
      const token = await signToken(key, {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: "u",
        exp: secondsFromNow(60),
      });
      const set = { keys: [key.jwk] };
      const allowing = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: set, algorithms: [alg] });
      expect((await allowing.verify(token)).userId).toBe("u");
    },
  );
});

const at = (seconds: number): void => void vi.useFakeTimers({ toFake: ["Date"], now: seconds * 1000 });

describe("time", () => {
  test("forgives five seconds on every side, and not six", async () => {
    const now = inSeconds(0);
    const token = forge({ iat: now, nbf: now, exp: now + 60 });
    for (const [second, outcome] of [
      [now - 6, "token_not_active"],
      [now - 5, "accepted"],
      [now + 64.9, "accepted"],
      [now + 65, "token_expired"],
    ] as const) {
      at(second);
      const found = outcome === "accepted" ? await verifier.verify(token).then(() => "accepted") : undefined;
      expect(found ?? (await codeOf(() => verifier.verify(token)))).toBe(outcome);
    }
  });

  test("forgives what clockTolerance says instead", async () => {
    const patient = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, clockTolerance: 60 });
    const strict = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, clockTolerance: 0 });
    expect((await patient.verify(forge({ exp: inSeconds(-30) }))).userId).toBe("user_1");
    expect(await codeOf(() => strict.verify(forge({ exp: inSeconds(-1) })))).toBe("token_expired");
  });
});

describe("issuer and audience", () => {
  test("audience null accepts a token for anybody, but not one with a broken aud", async () => {
    const anybody = createVerifier({ issuer: ISSUER, audience: null, jwks });
    expect((await anybody.verify(forge({ aud: "someone else" }))).userId).toBe("user_1");
    expect((await anybody.verify(forge({ aud: undefined }))).userId).toBe("user_1");
    expect(await codeOf(() => anybody.verify(forge({ aud: 1 })))).toBe("claim_invalid");
  });

  test("several audiences each suffice", async () => {
    const either = createVerifier({ issuer: ISSUER, audience: ["a", "b"], jwks });
    expect((await either.verify(forge({ aud: "b" }))).userId).toBe("user_1");
    expect(await codeOf(() => either.verify(forge({ aud: "c" })))).toBe("audience_refused");
  });

  test("with several issuers, the keys of one do not vouch for another", async () => {
    await using honest = await startIssuer();
    await using rogue = await startIssuer();
    const both = createVerifier({ issuer: [honest.url, rogue.url], audience: AUDIENCE });
    expect((await both.verify(await honest.token())).userId).toBe("user_1");
    expect((await both.verify(await rogue.token())).userId).toBe("user_1");
    const forged = await rogue.token({ iss: honest.url, sub: "admin" });
    expect(await codeOf(() => both.verify(forged))).toBe("key_unknown");
    both.close();
  });

  test("jwksUri is asked instead of the issuer", async () => {
    await using issuer = await startIssuer();
    const jwksUri = new URL("/.well-known/jwks.json", issuer.url);
    const elsewhere = createVerifier({ issuer: "urn:example:auth", audience: AUDIENCE, jwksUri });
    expect((await elsewhere.verify(await issuer.token({ iss: "urn:example:auth" }))).userId).toBe("user_1");
    elsewhere.close();
  });
});

describe("options that cannot be meant", () => {
  const valid = { issuer: ISSUER, audience: AUDIENCE };
  test.each<[string, object]>([
    ["no audience", { issuer: ISSUER }],
    ["an undefined audience", { issuer: ISSUER, audience: undefined }],
    ["an empty audience", { ...valid, audience: "" }],
    ["no audience among several", { ...valid, audience: [] }],
    ["no issuer", { audience: AUDIENCE }],
    ["an issuer that is no URL and no jwksUri", { ...valid, issuer: "auth.example.com" }],
    ["an issuer that is a file", { ...valid, issuer: "file:///etc/keys" }],
    ["jwks and jwksUri", { ...valid, jwks, jwksUri: "https://auth.example.com/jwks" }],
    ["jwks without a usable key", { ...valid, jwks: { keys: [{ ...JWK, use: "enc" }] } }],
    ["a symmetric algorithm", { ...valid, algorithms: ["HS256"] }],
    ["the algorithm none", { ...valid, algorithms: ["none"] }],
    ["no algorithm", { ...valid, algorithms: [] }],
    ["a tolerance below zero", { ...valid, clockTolerance: -1 }],
    ["a tolerance without end", { ...valid, clockTolerance: Number.POSITIVE_INFINITY }],
    ["a tolerance in words", { ...valid, clockTolerance: "5s" }],
    ["a tolerance in digits that are text", { ...valid, clockTolerance: "5" }],
    ["a tolerance in a list", { ...valid, clockTolerance: [5] }],
    ["a tolerance that is null", { ...valid, clockTolerance: null }],
    ["a tolerance that is true", { ...valid, clockTolerance: true }],
  ])("%s are a TypeError when the verifier is made", (_name, options) => {
    expect(() => Reflect.apply(createVerifier, undefined, [options])).toThrow(TypeError);
  });
});
