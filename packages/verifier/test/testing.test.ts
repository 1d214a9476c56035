// The test kit as its users have it: an issuer for our verifier, and for somebody else's (jose).
import { createVerifier, type Verifier } from "@keyturn/verifier";
import { createTestIssuer, type TestIssuer } from "@keyturn/verifier/testing";
import {
  calculateJwkThumbprint,
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  jwtVerify,
} from "jose";
import { afterEach, describe, expect, test, vi } from "vitest";
import { codeOf } from "./support/refusal.ts";

const verifiers: Verifier[] = [];
afterEach(() => {
  for (const verifier of verifiers.splice(0)) verifier.close();
  vi.useRealTimers();
});

function verifierFor({ issuer, audience, jwksUri }: TestIssuer): Verifier {
  const verifier = createVerifier({ issuer, audience, jwksUri });
  verifiers.push(verifier);
  return verifier;
}

/** jose, as an API would set it up. */
function joseFor({ issuer, audience, jwksUri }: TestIssuer) {
  const keys = createRemoteJWKSet(new URL(jwksUri));
  return async (token: string) => (await jwtVerify(token, keys, { issuer, audience })).payload;
}

const read = async (url: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url, { headers });

describe.each(["EdDSA", "RS256", "ES256"] as const)("with %s", (algorithm) => {
  test("its tokens are accepted by our verifier and by jose", async () => {
    await using issuer = await createTestIssuer({ algorithm });
    const token = issuer.issue();
    const auth = await verifierFor(issuer).verify(token);
    expect(await joseFor(issuer)(token)).toEqual(auth.claims);
    expect(decodeProtectedHeader(token)).toEqual({ alg: algorithm, typ: "JWT", kid: issuer.kid });
  });

  test("its set names each key by its thumbprint, for signatures, with its algorithm", async () => {
    await using issuer = await createTestIssuer({ algorithm });
    const { keys } = await (await read(issuer.jwksUri)).json();
    expect(keys).toHaveLength(2);
    for (const key of keys) {
      expect(key).toMatchObject({ use: "sig", alg: algorithm, kid: await calculateJwkThumbprint(key) });
      expect(key).not.toHaveProperty("d");
    }
  });

  test("a rotation is noticed by nobody", async () => {
    await using issuer = await createTestIssuer({ algorithm });
    const [ours, jose] = [verifierFor(issuer), joseFor(issuer)];
    const before = issuer.issue();
    const kid = issuer.kid;
    await Promise.all([ours.verify(before), jose(before)]);
    expect(issuer.rotate()).toBe(issuer.kid);
    expect(issuer.kid).not.toBe(kid);
    const after = issuer.issue();
    expect(decodeProtectedHeader(after).kid).toBe(issuer.kid);
    for (const token of [before, after]) await Promise.all([ours.verify(token), jose(token)]);
    expect(issuer.fetches).toBe(2);
  });
});

describe("a token", () => {
  test("says what a Keyturn session token says", async () => {
    await using issuer = await createTestIssuer();
    const claims = decodeJwt(issuer.issue());
    expect(Object.keys(claims).join(" ")).toBe(
      "iss sub aud iat exp jti sid email email_verified name roles permissions",
    );
    expect(claims).toMatchObject({ iss: issuer.issuer, aud: issuer.issuer, sub: "user_1", roles: ["user"] });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(300);
    expect(decodeJwt(issuer.issue()).jti).not.toBe(claims.jti);
  });

  test("says what it is told to say instead, and nothing where it is told undefined", async () => {
    await using issuer = await createTestIssuer();
    const verifier = verifierFor(issuer);
    const person = issuer.issue({ sub: "user_2", roles: ["admin"], permissions: ["tasks:*"], plan: "pro" });
    expect(await verifier.verify(person)).toMatchObject({
      userId: "user_2",
      sessionId: "session_1",
      roles: ["admin"],
      permissions: ["tasks:*"],
      claims: { plan: "pro" },
    });
    const machine = issuer.issue(
      { client_id: "importer", scope: "tasks", sid: undefined },
      { typ: "at+jwt" },
    );
    expect(await verifier.verify(machine)).toMatchObject({ clientId: "importer", sessionId: null });
  });

  test.each([
    ["token_expired", { exp: 1 }, {}],
    ["token_not_active", { nbf: 4_000_000_000 }, {}],
    ["audience_refused", { aud: "https://other.example.com" }, {}],
    ["issuer_refused", { iss: "https://other.example.com" }, {}],
    ["claim_invalid", { sub: undefined }, {}],
    ["type_refused", {}, { typ: "logout+jwt" }],
    ["algorithm_refused", {}, { alg: "none" }],
    ["key_unknown", {}, { kid: "unknown" }],
  ])("can be one to refuse: %s for %j %j", async (code, claims, header) => {
    await using issuer = await createTestIssuer();
    expect(await codeOf(() => verifierFor(issuer).verify(issuer.issue(claims, header)))).toBe(code);
  });

  test.each([
    ["ERR_JWT_EXPIRED", { exp: 1 }, {}],
    ["ERR_JWT_CLAIM_VALIDATION_FAILED", { nbf: 4_000_000_000 }, {}],
    ["ERR_JWT_CLAIM_VALIDATION_FAILED", { aud: "https://other.example.com" }, {}],
    ["ERR_JWT_CLAIM_VALIDATION_FAILED", { iss: "https://other.example.com" }, {}],
    ["ERR_JWKS_NO_MATCHING_KEY", {}, { kid: "unknown" }],
  ])("can be one that jose refuses as well: %s for %j %j", async (code, claims, header) => {
    await using issuer = await createTestIssuer();
    await expect(joseFor(issuer)(issuer.issue(claims, header))).rejects.toMatchObject({ code });
  });

  test("can be in the name of any issuer, for any audience", async () => {
    const names = { issuer: "https://auth.example.com", audience: "https://api.example.com" };
    await using issuer = await createTestIssuer(names);
    expect(issuer).toMatchObject(names);
    const auth = await verifierFor(issuer).verify(issuer.issue());
    expect(auth.claims).toMatchObject({ iss: names.issuer, aud: names.audience });
  });
});

describe("the set", () => {
  test("has Keyturn's headers, and is not sent again to who has it", async () => {
    await using issuer = await createTestIssuer();
    const first = await read(issuer.jwksUri);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "content-type": "application/json",
      "cache-control": "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400",
      "access-control-allow-origin": "*",
      "x-content-type-options": "nosniff",
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    });
    const etag = first.headers.get("etag") ?? "";
    const again = await read(issuer.jwksUri, { "if-none-match": etag });
    expect([again.status, await again.text(), again.headers.get("etag")]).toEqual([304, "", etag]);
    issuer.rotate();
    expect((await read(issuer.jwksUri, { "if-none-match": etag })).status).toBe(200);
    expect(issuer.fetches).toBe(3);
  });

  test("is all there is", async () => {
    await using issuer = await createTestIssuer();
    expect((await read(new URL("/", issuer.jwksUri).href)).status).toBe(404);
    expect(issuer.fetches).toBe(0);
  });
});

describe("a revoked key", () => {
  test("is refused as soon as the set may be kept no longer", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await using issuer = await createTestIssuer({ maxAge: 60 });
    const verifier = verifierFor(issuer);
    const token = issuer.issue();
    await verifier.verify(token);
    issuer.revoke(issuer.kid);
    expect((await verifier.verify(token)).userId).toBe("user_1");
    vi.setSystemTime(Date.now() + 60_000);
    expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown");
  });

  test("is refused after a token with an unknown kid, too", async () => {
    await using issuer = await createTestIssuer();
    const verifier = verifierFor(issuer);
    const token = issuer.issue();
    await verifier.verify(token);
    issuer.revoke(issuer.kid);
    expect(await codeOf(() => verifier.verify(issuer.issue({}, { kid: "unknown" })))).toBe("key_unknown");
    expect(await codeOf(() => verifier.verify(token))).toBe("key_unknown");
  });

  test("has a successor that verifiers know already", async () => {
    await using issuer = await createTestIssuer();
    const [ours, jose] = [verifierFor(issuer), joseFor(issuer)];
    await Promise.all([ours.verify(issuer.issue()), jose(issuer.issue())]);
    issuer.revoke(issuer.kid);
    await Promise.all([ours.verify(issuer.issue()), jose(issuer.issue())]);
    expect(issuer.fetches).toBe(2);
  });

  test("may be the one before, or the one to come: the others stay", async () => {
    await using issuer = await createTestIssuer();
    const before = issuer.kid;
    const current = issuer.rotate();
    issuer.revoke(before);
    const { keys } = await (await read(issuer.jwksUri)).json();
    const [standby] = keys.map(({ kid }: { kid: string }) => kid).filter((kid: string) => kid !== current);
    issuer.revoke(standby);
    expect(issuer.kid).toBe(current);
    expect(issuer.rotate()).not.toBe(standby);
    await Promise.all([verifierFor(issuer).verify(issuer.issue()), joseFor(issuer)(issuer.issue())]);
  });

  test("must be in the set", async () => {
    await using issuer = await createTestIssuer();
    expect(() => issuer.revoke("x")).toThrow('expected the kid of a key in the set, got "x"');
  });
});

describe("an outage", () => {
  test("lasts until the issuer is restored", async () => {
    await using issuer = await createTestIssuer();
    issuer.outage();
    expect(await codeOf(() => verifierFor(issuer).verify(issuer.issue()))).toBe("keys_unavailable");
    issuer.restore();
    expect((await verifierFor(issuer).verify(issuer.issue())).userId).toBe("user_1");
    expect(issuer.fetches).toBe(2);
  });

  test("lasts for as long as it was told to, by the clock of the test", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    await using issuer = await createTestIssuer();
    issuer.outage(1000);
    expect((await read(issuer.jwksUri)).status).toBe(503);
    vi.setSystemTime(Date.now() + 1000);
    expect((await read(issuer.jwksUri)).status).toBe(200);
  });

  test("is survived by who has the keys", async () => {
    await using issuer = await createTestIssuer();
    const verifier = verifierFor(issuer);
    await verifier.ready();
    issuer.outage();
    issuer.rotate();
    expect((await verifier.verify(issuer.issue())).userId).toBe("user_1");
  });
});

test("a closed issuer does not answer, and closing it twice does no harm", async () => {
  const issuer = await createTestIssuer();
  await read(issuer.jwksUri);
  await issuer.close();
  await issuer.close();
  await expect(read(issuer.jwksUri)).rejects.toThrow("fetch failed");
});
