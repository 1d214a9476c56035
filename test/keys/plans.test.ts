/** What is decided in particular cases: rotation, revocation, rollouts, outages. */
import { describe, expect, test } from "vitest";
import { type Key, type KeyPolicy, verifyingPeriod } from "../../src/keys/key.ts";
import { planRevocation } from "../../src/keys/revocation.ts";
import { planRotation } from "../../src/keys/rotation.ts";
import { createKeyTable, type Step } from "./key-table.ts";

const policy: KeyPolicy = {
  algorithms: ["EdDSA"],
  announcePeriod: 100,
  rotationPeriod: 1_000,
  snapshotMaxAge: 10,
  tokenTtl: 50,
  clockSkew: 5,
};
const BEAT: Step = { do: "beat", replica: 0 };
const wait = (ms: number): Step => ({ do: "wait", ms });
const rotate = (lag = 0): Step => ({ do: "rotate", replica: 0, emergency: false, lag });
const stateOf = (table: ReturnType<typeof createKeyTable>, state: Key["state"]) =>
  table.keys().find((key) => key.state === state);

describe("a plan", () => {
  test("asked to rotate too early names the earliest safe time, and asked again names the same", () => {
    const table = createKeyTable(policy);
    table.take(wait(30));
    const plan = () =>
      planRotation(table.keys(), policy, table.now(), {
        algorithms: ["EdDSA"],
        emergency: false,
        requestedAt: table.now(),
      });
    const { rotations } = plan();
    expect(rotations).toMatchObject([{ alg: "EdDSA", announcedAt: 0, activatesAt: 100, done: false }]);
    table.take(rotate());
    expect(plan()).toEqual({ transitions: [], rotations });
  });

  test("answers a request to rotate with the key that took over since it was made, and does not turn again", () => {
    const table = createKeyTable(policy);
    table.take(wait(150));
    table.take(rotate());
    const taken = stateOf(table, "signing");
    table.take(wait(5));
    const { transitions, rotations } = planRotation(table.keys(), policy, table.now(), {
      algorithms: ["EdDSA"],
      emergency: true,
      requestedAt: 149,
    });
    expect(transitions).toEqual([]);
    expect(rotations).toMatchObject([{ kid: taken?.kid, activatesAt: 150, done: true }]);
  });

  test("keeps a superseded key public for the last stale signature, its token's lifetime and the skew", () => {
    expect(verifyingPeriod(policy)).toBe(65);
    const table = createKeyTable(policy);
    table.take(wait(100));
    table.take(rotate());
    expect(stateOf(table, "verifying")).toMatchObject({ supersededAt: 100, retiresAt: 165 });
  });

  test("keeps it public for the longest token of any replica, while TOKEN_TTL is raised one by one", () => {
    const table = createKeyTable(policy, 2);
    table.take({ do: "restart", replica: 1, algorithms: ["EdDSA"], tokenTtl: 500 });
    table.take(wait(100));
    table.take(rotate());
    expect(stateOf(table, "verifying")).toMatchObject({ supersededAt: 100, retiresAt: 615 });
  });

  test("after a long outage hands over at the stored time, once, and announces the next standby afresh", () => {
    const table = createKeyTable(policy);
    table.take(wait(10_000));
    table.take(BEAT);
    expect(stateOf(table, "signing")?.activatesAt).toBe(1_000);
    expect(stateOf(table, "announced")?.activatesAt).toBe(10_100);
  });

  test("keeps the standby of a removed algorithm public, since a replica that has not heard may sign with it", () => {
    const table = createKeyTable({ ...policy, algorithms: ["EdDSA", "RS256"] }, 2);
    table.take({ do: "approach", offset: -5 });
    table.take({ do: "read", replica: 1 });
    table.take({ do: "restart", replica: 0, algorithms: ["EdDSA"], tokenTtl: 50 });
    table.take(wait(9));
    table.take({ do: "sign", replica: 1, alg: "RS256" });
    const [token] = table.tokens;
    expect(token?.kid).toBe("RS256-3");
    expect(table.publication("RS256-3").until).toBeGreaterThanOrEqual((token?.expiresAt ?? 0) + 5);
  });
});

describe("a plan to revoke", () => {
  const types = (kid: string, table = createKeyTable(policy)) =>
    planRevocation(table.keys(), table.policy(), table.now(), { kid, reason: "leaked" })?.transitions.map(
      (each) => `${each.type}${"emergency" in each && each.emergency ? " in emergency" : ""}`,
    );

  test("the signing key promotes the standby, in an emergency if not every cache can have it yet", () => {
    expect(types("EdDSA-0")).toEqual(["revoke", "activate in emergency", "announce"]);
    const table = createKeyTable(policy);
    table.take(wait(100));
    expect(types("EdDSA-0", table)).toEqual(["revoke", "activate", "announce"]);
  });

  test("the standby announces another, which waits for the announce period from now", () => {
    const table = createKeyTable(policy);
    table.take(wait(990));
    table.take({ do: "revoke", replica: 0, nth: 1 });
    expect(stateOf(table, "announced")).toMatchObject({ announcedAt: 990, activatesAt: 1_090 });
    expect(stateOf(table, "signing")?.kid).toBe("EdDSA-0");
  });

  test("a key that only verifies changes nothing else", () => {
    const table = createKeyTable(policy);
    table.take(wait(100));
    table.take(rotate());
    expect(types("EdDSA-0", table)).toEqual(["revoke"]);
  });

  test("a key revoked before changes nothing, and there is no plan for a key that never was", () => {
    const table = createKeyTable(policy);
    table.take({ do: "revoke", replica: 0, nth: 0 });
    expect(types("EdDSA-0", table)).toEqual([]);
    expect(types("nobody", table)).toBeUndefined();
  });

  test("the last usable key of an algorithm makes a new one that signs at once", () => {
    const [signing] = createKeyTable(policy).keys();
    const plan = planRevocation(signing === undefined ? [] : [signing], policy, 10, {
      kid: "EdDSA-0",
      reason: "leaked",
    });
    expect(plan?.transitions).toMatchObject([
      { type: "revoke" },
      { type: "announce", signsAtOnce: true },
      { type: "announce", signsAtOnce: false },
    ]);
  });

  test("both keys of an algorithm that is leaving makes the one that replaces it sign before its time", () => {
    const table = createKeyTable(policy);
    table.take({ do: "restart", replica: 0, algorithms: ["ES256"], tokenTtl: 50 });
    table.take({ do: "revoke", replica: 0, nth: 1 });
    table.take({ do: "revoke", replica: 0, nth: 0 });
    expect(stateOf(table, "signing")).toMatchObject({ alg: "ES256", activatesAt: 0 });
    expect(table.publication("ES256-2").hurried).toBe(true);
  });
});
