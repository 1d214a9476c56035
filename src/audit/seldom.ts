/** Events that a stranger can cause as often as they like are on record once a minute each, or the trail would be theirs. */

const PAUSE_MS = 60_000;

/** Whether this one is due; `kind` is one of a few, never what a caller has sent. */
export function createSeldom(now: () => number = Date.now): (kind: string) => boolean {
  const last = new Map<string, number>();
  return (kind) => {
    const at = last.get(kind);
    if (at !== undefined && now() - at < PAUSE_MS && now() >= at) return false;
    last.set(kind, now());
    return true;
  };
}
