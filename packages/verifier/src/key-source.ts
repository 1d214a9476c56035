// Owns the question the verifier asks, "which key is this kid?", and the answer from a set that never changes.
// The answer from a set that is fetched is key-cache.ts's.
import type { Algorithm } from "./algorithms.ts";
import { shown, VerifierError } from "./errors.ts";
import { parseKeySet, type VerifyingKey } from "./key-set.ts";
import type { StoredKeys } from "./snapshot.ts";

export interface KeySource {
  /** The key, when the set at hand is good enough to answer at once. Never waits, never throws. `now` in ms. */
  peek(kid: string, now: number): VerifyingKey | undefined;
  /** The key, after a fetch if need be. Rejects with `key_unknown` or `keys_unavailable`. */
  find(kid: string): Promise<VerifyingKey>;
  /** Why `peek` had nothing, for a caller who cannot wait; looks for the key in the background meanwhile. */
  missing(kid: string): VerifierError;
  ready(): Promise<void>;
  /** What was fetched and may still be used. */
  stored(): StoredKeys | undefined;
  close(): void;
}

export function createFixedKeys(document: unknown, allowed: ReadonlySet<Algorithm>): KeySource {
  const keys = parseKeySet(document, allowed);
  if (keys.size === 0) throw new TypeError("jwks: expected at least one usable public key with kid and alg");
  return {
    peek: (kid) => keys.get(kid),
    find: async (kid) => {
      const key = keys.get(kid);
      if (key === undefined) throw unknownKey(kid);
      return key;
    },
    missing: unknownKey,
    ready: async () => {},
    stored: () => undefined,
    close() {},
  };
}

export function unknownKey(kid: string): VerifierError {
  return new VerifierError("key_unknown", `no key with kid ${shown(kid)} in the key set`);
}
