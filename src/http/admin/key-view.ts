/** Keys as operators see them: snake_case members, RFC 3339 times, and what comes next. Pure. */
import { formatDuration } from "../../duration.ts";
import { findKey, type Key } from "../../keys/key.ts";
import type { ListedKey } from "../../keys/listing.ts";
import type { Revocation } from "../../keys/revocation.ts";
import type { Rotation } from "../../keys/rotation.ts";

export const describeRotation = ({ alg, kid, announcedAt, activatesAt, done }: Rotation) => ({
  alg,
  kid,
  announced_at: iso(announcedAt),
  activates_at: iso(activatesAt),
  done,
});

export function describeKeys(listed: readonly ListedKey[]) {
  const keys = listed.map(({ key }) => key);
  return listed.map(({ key, sealedUnder, history }) => ({
    kid: key.kid,
    alg: key.alg,
    state: key.state,
    announced_at: iso(key.announcedAt),
    activates_at: iso(key.activatesAt),
    superseded_at: "supersededAt" in key ? isoOrNull(key.supersededAt) : null,
    retires_at: "retiresAt" in key ? iso(key.retiresAt) : null,
    revoked_at: "revokedAt" in key ? iso(key.revokedAt) : null,
    revocation_reason: "reason" in key ? key.reason : null,
    sealed_under: sealedUnder ?? null,
    next: nextTransition(key, keys),
    history: history.map(({ at, action, actor, requestId }) => ({
      at: at.toISOString(),
      action,
      actor,
      request_id: requestId,
    })),
  }));
}

/** A signing key stays until its standby's time comes, so the time is the standby's to tell. */
function nextTransition(key: Key, keys: readonly Key[]): { state: string; at: string } | null {
  switch (key.state) {
    case "announced":
      return { state: "signing", at: iso(key.activatesAt) };
    case "signing": {
      const standby = findKey(keys, key.alg, "announced");
      return standby === undefined ? null : { state: "verifying", at: iso(standby.activatesAt) };
    }
    case "verifying":
      return { state: "retired", at: iso(key.retiresAt) };
    case "retired":
    case "revoked":
      return null;
  }
}

/** `verifierPatience`: how long a verifier may go on with the JWKS it has, in milliseconds. */
export const describeRevocation = (revocation: Revocation, verifierPatience: number) => ({
  kid: revocation.kid,
  alg: revocation.alg,
  was: revocation.was,
  revoked_at: iso(revocation.revokedAt),
  reason: revocation.reason,
  successor:
    revocation.successor === undefined
      ? null
      : {
          kid: revocation.successor.kid,
          alg: revocation.successor.alg,
          announced_at: iso(revocation.successor.announcedAt),
          known_to_verifiers: revocation.successor.known,
        },
  consequences: consequencesOf(revocation, formatDuration(verifierPatience)),
});

/** What third parties will see, in sentences. */
function consequencesOf({ was, revokedAt, successor, standby }: Revocation, patience: string): string[] {
  if (was === "revoked") return [`It was revoked before, at ${iso(revokedAt)}; nothing was changed.`];
  if (was === "retired") return ["It had left the JWKS already; verifiers see no difference."];
  const gone = "It is gone from the JWKS of every server that reaches the database within a second.";
  if (was === "announced") {
    const next = standby === undefined ? "" : ` ${standby} is announced in its place.`;
    return [gone, `It had never signed.${next}`];
  }
  const trusted =
    `Verifiers that hold the JWKS accept its tokens until they fetch it again: within ${patience} if VERIFIER_CACHE_MAX_AGE ` +
    "is true of them. `keyturn keys probe <url of an API>` makes most of them fetch at once.";
  return successor === undefined ? [gone, trusted] : [gone, trusted, describeSuccessor(successor, patience)];
}

const describeSuccessor = (
  { kid, alg, announcedAt, known }: NonNullable<Revocation["successor"]>,
  patience: string,
): string =>
  known
    ? `${kid} signs ${alg} tokens from now on; verifiers know it, it is public since ${iso(announcedAt)}.`
    : `${kid} signs ${alg} tokens from now on, but it is public only since ${iso(announcedAt)}: verifiers that fetched ` +
      `before refuse its tokens until they fetch again, within ${patience}; most do at the first unknown kid.`;

const isoOrNull = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));

const iso = (ms: number): string => new Date(ms).toISOString();
