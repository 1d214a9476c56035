// Owns which key of the test issuer signs, which stands by, and which are in the set; as in Keyturn, the standby is in
// the set before it signs. Serves nothing.
import { makeTestKey, type TestAlgorithm, type TestKey } from "./testing-key.ts";

interface TestRing {
  signing(): TestKey;
  /** The JWK Set as bytes to come. */
  document(): string;
  rotate(): void;
  revoke(kid: string): void;
}

export function createTestRing(algorithm: TestAlgorithm): TestRing {
  const published: TestKey[] = [];
  let signing = announce();
  let standby = announce();

  function announce(): TestKey {
    const key = makeTestKey(algorithm);
    published.push(key);
    return key;
  }

  function rotate(): void {
    signing = standby;
    standby = announce();
  }

  return {
    signing: () => signing,
    document: () => JSON.stringify({ keys: published.map(({ publicJwk }) => publicJwk) }),
    rotate,
    revoke(kid) {
      const at = published.findIndex((key) => key.kid === kid);
      if (at === -1) throw new Error(`expected the kid of a key in the set, got ${JSON.stringify(kid)}`);
      published.splice(at, 1);
      if (kid === signing.kid) rotate();
      else if (kid === standby.kid) standby = announce();
    },
  };
}
