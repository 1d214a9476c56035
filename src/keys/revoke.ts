/** The operator's "revoke", written. What it does is `revocation.ts`'s to decide. */
import type { Actor } from "../audit/audit.ts";
import { AppError } from "../errors.ts";
import type { Key, KeyPolicy } from "./key.ts";
import { planRevocation, type Revocation, type RevocationRequest, type Successor } from "./revocation.ts";
import { readAllKeys } from "./store.ts";
import { type TurnParts, turn, type Written } from "./turn.ts";

/** Throws `not_found` when there never was such a key. A key already revoked is left as it is, and described. */
export async function revokeKey(
  parts: TurnParts,
  actor: Actor,
  request: RevocationRequest,
): Promise<{ revocation: Revocation; written: readonly Written[] }> {
  const { answer, written } = await turn(
    parts,
    actor,
    (keys, now) => {
      const plan = planRevocation(keys, parts.policy, now, request);
      if (plan === undefined) throw noSuchKey(request.kid);
      return { transitions: plan.transitions, answer: { ...plan, keys, now } };
    },
    readAllKeys,
  );
  return {
    revocation: {
      ...answer.revocation,
      successor: successorOf(written, answer, parts.policy),
      standby: written.find((each) => each.type === "announce" && !each.signsAtOnce)?.kid,
    },
    written,
  };
}

/** The key that began to sign with this revocation: the standby, or one made for it. */
function successorOf(
  written: readonly Written[],
  { keys, now }: { keys: readonly Key[]; now: number },
  { announcePeriod }: KeyPolicy,
): Successor | undefined {
  const began = written.find(
    (each) => each.type === "activate" || (each.type === "announce" && each.signsAtOnce),
  );
  if (began === undefined) return undefined;
  const { kid, alg } = began;
  const announcedAt = keys.find((key) => key.kid === kid)?.announcedAt ?? now;
  return { kid, alg, announcedAt, known: announcedAt + announcePeriod <= now };
}

const noSuchKey = (kid: string): AppError =>
  new AppError("not_found", `Expected the kid of a key of this server; there is none called ${kid}.`);
