/** Keys as operators see them: snake_case members, RFC 3339 times, and what comes next. Pure. */
import type { Key } from "../../keys/key.ts";
import type { Rotation } from "../../keys/lifecycle.ts";

export const describeRotation = ({ alg, kid, activatesAt, done }: Rotation) => ({
  alg,
  kid,
  activates_at: iso(activatesAt),
  done,
});

export function describeKey(key: Key) {
  const { kid, alg, state } = key;
  return {
    kid,
    alg,
    state,
    announced_at: iso(key.announcedAt),
    activates_at: iso(key.activatesAt),
    superseded_at: key.state === "verifying" ? iso(key.supersededAt) : null,
    retires_at: key.state === "verifying" ? iso(key.retiresAt) : null,
    next: nextTransition(key),
  };
}

/** A signing key stays until its standby's time comes, so the time is the standby's to tell. */
function nextTransition(key: Key): { state: string; at: string } | null {
  if (key.state === "announced") return { state: "signing", at: iso(key.activatesAt) };
  return key.state === "verifying" ? { state: "retired", at: iso(key.retiresAt) } : null;
}

const iso = (ms: number): string => new Date(ms).toISOString();
