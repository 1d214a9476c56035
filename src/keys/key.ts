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

/**
 * A key as the lifecycle sees it. States are named by what the key does: `announced` is public and waits, `signing`
 * signs, `verifying` still verifies, `retired` is gone from the JWKS after its last token expired, `revoked` is gone
 * at once.
 */
export type Key =
  | (KeyTimes & { readonly state: "announced" | "signing" })
  | (KeyTimes & { readonly state: "verifying"; readonly supersededAt: number; readonly retiresAt: number })
  | (KeyTimes & { readonly state: "retired" | "revoked" });

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

/** A public JWK (RFC 7517 §4) as published: always with `kid`, `alg` and `use`. */
export type PublicJwk = Readonly<Record<string, string>>;
