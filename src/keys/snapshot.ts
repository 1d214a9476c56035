/**
 * What one replica knows about the keys at one moment, ready to sign and publish without another look at the
 * database. Which key signs follows from the stored activation times, so replicas turn together without a message.
 */
import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Algorithm } from "../settings.ts";
import { type JwksDocument, renderJwks } from "./jwks.ts";
import type { PublicJwk } from "./key.ts";
import type { Sealer } from "./sealing.ts";
import type { StoredKey } from "./store.ts";

/** A key that signs, or will when its time comes. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly activatesAt: number;
  readonly privateKey: KeyObject;
}

export interface Snapshot {
  readonly jwks: JwksDocument;
  readonly publicKeys: readonly PublicJwk[];
  /** Latest activation first. */
  readonly signingKeys: readonly SigningKey[];
}

/** Private keys that were unsealed for the previous snapshot are taken from it. */
export function buildSnapshot(stored: readonly StoredKey[], sealer: Sealer, previous?: Snapshot): Snapshot {
  const known = new Map(previous?.signingKeys.map(({ kid, privateKey }) => [kid, privateKey]));
  const publicKeys = stored.map(({ publicJwk }) => publicJwk);
  const signingKeys = stored.flatMap(({ key: { kid, alg, activatesAt }, sealedPrivateKey }): SigningKey[] => {
    if (sealedPrivateKey === null) return [];
    const privateKey = known.get(kid) ?? importPrivateKey(sealer.unseal(kid, sealedPrivateKey));
    return [{ kid, alg, activatesAt, privateKey }];
  });
  signingKeys.sort((a, b) => b.activatesAt - a.activatesAt);
  return { jwks: renderJwks(publicKeys), publicKeys, signingKeys };
}

/** The one key that signs with `alg` at `now`: of those whose time has come, the latest. Expects latest first. */
export const signingKeyAt = <K extends Pick<SigningKey, "alg" | "activatesAt">>(
  latestFirst: readonly K[],
  alg: Algorithm,
  now: number,
): K | undefined => latestFirst.find((key) => key.alg === alg && key.activatesAt <= now);

/**
 * The key for tokens that ask for no algorithm: of the first one that has a key whose time has come. An algorithm just
 * configured has none yet, and until it has, those it replaces go on signing.
 */
export function defaultSigningKeyAt<K extends Pick<SigningKey, "alg" | "activatesAt">>(
  latestFirst: readonly K[],
  algorithms: readonly Algorithm[],
  now: number,
): K | undefined {
  for (const alg of algorithms) {
    const key = signingKeyAt(latestFirst, alg, now);
    if (key !== undefined) return key;
  }
  return latestFirst.find((key) => key.activatesAt <= now);
}

function importPrivateKey(der: Buffer): KeyObject {
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}
