/**
 * Lookups that arrive together travel together: what is asked within one turn of the event loop becomes one
 * statement. Keeps no answer: every lookup reaches the database after it was asked for.
 */

/** While these are under way the next ones gather; more in parallel would only make each batch smaller. */
const MAX_UNDER_WAY = 2;

export type Lookup<V> = (key: string) => Promise<V | undefined>;

/** `load` answers for all keys at once; a key it leaves out was not found. Its failure is that of each of them. */
export function createBatchedLookup<V>(
  load: (keys: readonly string[]) => Promise<ReadonlyMap<string, V>>,
): Lookup<V> {
  let waiting = new Map<string, PromiseWithResolvers<V | undefined>>();
  let underWay = 0;

  const send = async (): Promise<void> => {
    if (waiting.size === 0 || underWay === MAX_UNDER_WAY) return;
    const batch = waiting;
    waiting = new Map();
    underWay++;
    try {
      const found = await load([...batch.keys()]);
      for (const [key, { resolve }] of batch) resolve(found.get(key));
    } catch (error) {
      for (const { reject } of batch.values()) reject(error);
    } finally {
      underWay--;
      void send();
    }
  };

  return (key) => {
    const asked = waiting.get(key);
    if (asked !== undefined) return asked.promise;
    const lookup = Promise.withResolvers<V | undefined>();
    if (waiting.size === 0) setImmediate(send);
    waiting.set(key, lookup);
    return lookup.promise;
  };
}
