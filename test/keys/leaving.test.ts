/** Revocations while KEY_ALGORITHMS changes: an algorithm that leaves gets no new keys, unless nothing else could sign. */
import { describe, expect, test } from "vitest";
import type { Key, KeyPolicy } from "../../src/keys/key.ts";
import { planRevocation } from "../../src/keys/revocation.ts";
import type { Algorithm } from "../../src/settings.ts";

const NOW = 1_000;
const policy: KeyPolicy = {
  algorithms: ["ES256"],
  announcePeriod: 100,
  rotationPeriod: 10_000,
  snapshotMaxAge: 10,
  tokenTtl: 50,
  clockSkew: 5,
};
const key = (alg: Algorithm, state: "announced" | "signing", announcedAt = 0): Key => ({
  kid: `${alg} ${state}`,
  alg,
  state,
  announcedAt,
  activatesAt: state === "signing" ? announcedAt : NOW + 500,
  verifyingPeriod: 65,
});

const plan = (kid: string, ...others: readonly Key[]) =>
  planRevocation(others, policy, NOW, { kid, reason: "leaked" })?.transitions.map(
    ({ type, alg, ...more }) => ({
      type,
      alg,
      ...("emergency" in more && { emergency: more.emergency }),
      ...("signsAtOnce" in more && { signsAtOnce: more.signsAtOnce }),
    }),
  );

const revoke = { type: "revoke", alg: "EdDSA" };

describe("of an algorithm that is leaving the configuration", () => {
  test("a revoked standby is not replaced", () => {
    expect(plan("EdDSA announced", key("EdDSA", "signing"), key("EdDSA", "announced"))).toEqual([revoke]);
  });

  test("the revoked signing key is followed by its standby, and no other is announced", () => {
    expect(plan("EdDSA signing", key("EdDSA", "signing"), key("EdDSA", "announced"))).toEqual([
      revoke,
      { type: "activate", alg: "EdDSA", emergency: false },
    ]);
  });

  test("the last key goes without a successor where another algorithm signs", () => {
    expect(plan("EdDSA signing", key("EdDSA", "signing"), key("ES256", "signing"))).toEqual([revoke]);
  });

  test("the last key of all hands over to the announced one of the next algorithm, known or not", () => {
    expect(plan("EdDSA signing", key("EdDSA", "signing"), key("ES256", "announced"))).toEqual([
      revoke,
      { type: "activate", alg: "ES256", emergency: false },
      { type: "announce", alg: "ES256", signsAtOnce: false },
    ]);
    expect(plan("EdDSA signing", key("EdDSA", "signing"), key("ES256", "announced", NOW - 50))?.[1]).toEqual({
      type: "activate",
      alg: "ES256",
      emergency: true,
    });
  });

  test("the last key of all makes one of the next algorithm that signs at once, where none is announced", () => {
    expect(plan("EdDSA signing", key("EdDSA", "signing"))).toEqual([
      revoke,
      { type: "announce", alg: "ES256", signsAtOnce: true },
      { type: "announce", alg: "ES256", signsAtOnce: false },
    ]);
  });
});

describe("of an algorithm that has just joined", () => {
  test("the revoked standby is replaced by one that waits for the announce period, though nothing signed yet", () => {
    const transitions = planRevocation([key("EdDSA", "signing"), key("ES256", "announced")], policy, NOW, {
      kid: "ES256 announced",
      reason: "leaked",
    })?.transitions;
    expect(transitions?.at(1)).toMatchObject({ type: "announce", alg: "ES256", activatesAt: NOW + 100 });
  });
});
