/**
 * What one replica knows about the keys at one moment, ready to sign and publish without another look at the
 * database. Which key signs follows from the stored activation times, so replicas turn together without a message.
 */
import { createPrivateKey, type KeyObject } from "node:crypto";
import type { Algorithm } from "../settings.ts";
import { type JwksDocument, renderJwks } from "./jwks.ts";
import type { Key, PublicJwk } from "./key.ts";
import { type Sealer, UnsealError } from "./sealing.ts";
import type { StoredKey } from "./store.ts";

/** A key that signs, or will when its time comes. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: Algorithm;
  readonly activatesAt: number;
  readonly state: Key["state"];
  /** Undefined when this replica cannot open it: it must not sign with another one instead, others will not. */
  readonly privateKey: KeyObject | undefined;
}

/** One that can be signed with. */
export type OpenKey = SigningKey & { readonly privateKey: KeyObject };

export const isOpen = (key: SigningKey): key is OpenKey => key.privateKey !== undefined;

export interface Snapshot {
  readonly keys: readonly Key[];
  readonly jwks: JwksDocument;
  readonly publicKeys: readonly PublicJwk[];
  /** Latest activation first. */
  readonly signingKeys: readonly SigningKey[];
  /** Why private halves could not be opened, now or after a restart. They are published all the same. */
  readonly sealProblem: UnsealError | undefined;
}

/** Private keys that were unsealed for the previous snapshot are taken from it. */
export function buildSnapshot(stored: readonly StoredKey[], sealer: Sealer, previous?: Snapshot): Snapshot {
  const known = new Map(previous?.signingKeys.map(({ kid, privateKey }) => [kid, privateKey]));
  let sealProblem: UnsealError | undefined;
  const unseal = (kid: string, sealed: string): KeyObject | undefined => {
    try {
      return importPrivateKey(sealer.unseal(kid, sealed));
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      sealProblem = error;
      return undefined;
    }
  };
  const publicKeys = stored.map(({ publicJwk }) => publicJwk);
  const signingKeys = stored.flatMap(
    ({ key: { kid, alg, state, activatesAt }, sealedPrivateKey }): SigningKey[] => {
      if (sealedPrivateKey === null) return [];
      sealProblem ??= sealer.lacks(sealedPrivateKey);
      return [{ kid, alg, state, activatesAt, privateKey: known.get(kid) ?? unseal(kid, sealedPrivateKey) }];
    },
  );
  signingKeys.sort((a, b) => b.activatesAt - a.activatesAt);
  return {
    keys: stored.map(({ key }) => key),
    jwks: renderJwks(publicKeys),
    publicKeys,
    signingKeys,
    sealProblem,
  };
}

type Timed = Pick<SigningKey, "alg" | "activatesAt" | "state">;

/** One that signs already does so whatever the clock says: the database's may have been set back. */
const hasBegun = ({ state, activatesAt }: Timed, now: number): boolean =>
  state === "signing" || activatesAt <= now;

/** The one key that signs with `alg` at `now`: of those whose time has come, the latest. Expects latest first. */
export const signingKeyAt = <K extends Timed>(
  latestFirst: readonly K[],
  alg: Algorithm,
  now: number,
): K | undefined => latestFirst.find((key) => key.alg === alg && hasBegun(key, now));

/**
 * The key for tokens that ask for no algorithm: of the first one that has a key whose time has come. An algorithm just
 * configured has none yet, and until it has, those it replaces go on signing.
 */
export function defaultSigningKeyAt<K extends Timed>(
  latestFirst: readonly K[],
  algorithms: readonly Algorithm[],
  now: number,
): K | undefined {
  for (const alg of algorithms) {
    const key = signingKeyAt(latestFirst, alg, now);
    if (key !== undefined) return key;
  }
  return latestFirst.find((key) => hasBegun(key, now));
}

function importPrivateKey(der: Buffer): KeyObject {
  const key = createPrivateKey({ key: der, format: "der", type: "pkcs8" });
  der.fill(0);
  return key;
}
