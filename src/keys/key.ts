/** The vocabulary of signing keys: what states there are and what each one does. No I/O here. */
import type { Algorithm } from "../settings.ts";

/** Times are milliseconds since the epoch on the database's clock. */
interface KeyTimes {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly announcedAt: number;
  /** When it starts to sign: a time, not an event, so that every replica turns at the same moment. */
  readonly activatesAt: number;
}

/** A key with a private half: it signs, or will when its time comes. */
export interface UsableKey extends KeyTimes {
  readonly state: "announced" | "signing";
  /** How long it stays public after it stops signing: the longest that any replica that may sign with it needs. */
  readonly verifyingPeriod: number;
}

/** It has handed over. It stays public until its last token expired. */
interface SupersededKey extends KeyTimes {
  readonly state: "verifying" | "retired";
  readonly supersededAt: number;
  readonly retiresAt: number;
}

interface RevokedKey extends KeyTimes {
  readonly state: "revoked";
  /** Set when it had handed over before. */
  readonly supersededAt: number | undefined;
  readonly revokedAt: number;
  readonly reason: string;
}

/**
 * A key as the lifecycle sees it. States are named by what the key does: `announced` is public and waits, `signing`
 * signs, `verifying` still verifies, `retired` is gone from the JWKS after its last token expired, `revoked` is gone
 * at once.
 */
export type Key = UsableKey | SupersededKey | RevokedKey;

/** How keys live; all in milliseconds. */
export interface KeyPolicy {
  readonly algorithms: readonly [Algorithm, ...Algorithm[]];
  readonly announcePeriod: number;
  readonly rotationPeriod: number;
  /** How long a replica may go on signing with what it last read. */
  readonly snapshotMaxAge: number;
  /** The longest lifetime of any token. */
  readonly tokenTtl: number;
  readonly clockSkew: number;
}

/** How long a key stays public after the next one took over: the last possible token under it must have expired. */
export const verifyingPeriod = ({ snapshotMaxAge, tokenTtl, clockSkew }: KeyPolicy): number =>
  snapshotMaxAge + tokenTtl + clockSkew;

export const isUsable = (key: Key): key is UsableKey => key.state === "announced" || key.state === "signing";

/** Whether the JWKS has it. */
export const isPublished = (key: Key): boolean => isUsable(key) || key.state === "verifying";

export const findKey = (
  keys: readonly Key[],
  alg: Algorithm,
  state: UsableKey["state"],
): UsableKey | undefined => keys.filter(isUsable).find((key) => key.alg === alg && key.state === state);

/** When every cache has seen it: it has been public for the announce period. */
export const safeAt = (key: UsableKey, { announcePeriod }: KeyPolicy): number =>
  key.announcedAt + announcePeriod;

/** A public JWK (RFC 7517 §4) as published: always with `kid`, `alg` and `use`. */
export type PublicJwk = Readonly<Record<string, string>>;
