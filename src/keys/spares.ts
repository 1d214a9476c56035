/**
 * New keys made ahead of time, one of each algorithm, so that a rotation or a revocation need not wait for an RSA key to
 * be found. They are in this process's memory alone, and nobody knows them until one is announced.
 */
import type { Algorithm } from "../settings.ts";
import { type GeneratedKey, generateKey } from "./generate.ts";

export interface Spares {
  /** A spare, or a key made now. */
  take(alg: Algorithm): Promise<GeneratedKey>;
  /** It was not needed after all. */
  keep(key: GeneratedKey): void;
  /** Makes what is missing; resolves when there is one of each. */
  prepare(algorithms: readonly Algorithm[]): Promise<void>;
}

export function createSpares(): Spares {
  const kept = new Map<Algorithm, GeneratedKey>();
  const making = new Set<Algorithm>();
  return {
    async take(alg) {
      const spare = kept.get(alg);
      kept.delete(alg);
      return spare ?? generateKey(alg);
    },
    keep(key) {
      kept.set(key.alg, key);
    },
    async prepare(algorithms) {
      const missing = algorithms.filter((alg) => !kept.has(alg) && !making.has(alg));
      for (const alg of missing) {
        making.add(alg);
        try {
          kept.set(alg, await generateKey(alg));
        } finally {
          making.delete(alg);
        }
      }
    },
  };
}
