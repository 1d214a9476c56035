// Owns remembering tokens that were genuine, so that the next request with one of them costs a look-up instead of a
// signature check. Bounded; what is remembered is frozen, so callers may share it. Whether it still counts, because time
// has passed or its key has gone, is asked at every hit, by the verifier.

export interface TokenCache<Entry> {
  get(token: string): Entry | undefined;
  set(token: string, entry: Entry): void;
  delete(token: string): void;
  clear(): void;
}

/**
 * Least recently used in two generations: what is asked for moves to the young one, and when that is half of all, the
 * old one is dropped whole. A hit among the young, the usual case, writes nothing.
 */
export function createTokenCache<Entry>(entries: number): TokenCache<Entry> {
  const half = Math.max(1, Math.floor(entries / 2));
  let young = new Map<string, Entry>();
  let old = new Map<string, Entry>();

  function set(token: string, entry: Entry): void {
    if (young.size >= half && !young.has(token)) {
      old = young;
      young = new Map();
    }
    young.set(token, entry);
  }

  return {
    get(token) {
      const fresh = young.get(token);
      if (fresh !== undefined) return fresh;
      const entry = old.get(token);
      if (entry === undefined) return undefined;
      old.delete(token);
      set(token, entry);
      return entry;
    },
    set,
    delete(token) {
      young.delete(token);
      old.delete(token);
    },
    clear() {
      young.clear();
      old.clear();
    },
  };
}
