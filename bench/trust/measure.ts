/** One library put through a revocation, a rotation and an emergency. What comes out is described in `measured.ts`. */
import { randomUUID } from "node:crypto";
import type { VerifierLibrary } from "../verifiers/verifier.ts";
import type { Clock } from "./clock.ts";
import type { Issuer } from "./issuer.ts";
import { type Key, makeKey } from "./key.ts";
import type { Measured, Seconds } from "./measured.ts";

export interface Scene {
  readonly clock: Clock;
  readonly issuer: Issuer;
  readonly library: VerifierLibrary;
}

/** All in seconds. */
const DAY = 86_400;
const HOUR = 3_600;
const MINUTE = 60;
/** Longer after its last fetch than any library cools down. */
const SETTLED = 40;
export const SECOND_PROBE = 31;
/** Between tokens: closely where caches run out, and later still so often that no cache of a minute does. */
const CLOSELY = 5;
export const LOOSELY = 50;
/** A day as by default (`KEY_ANNOUNCE_PERIOD`), and more, so that no cache happens to run out just when it is over. */
const ANNOUNCED = DAY + 100;

export async function measure(scene: Scene): Promise<Omit<Measured, "name" | "packages">> {
  return {
    trusted: await untilRefused(scene, 0, []),
    trustedUnaided: await untilRefused(scene, SETTLED, []),
    trustedAfterProbe: await untilRefused(scene, SETTLED, [0]),
    trustedAfterProbeInCoolDown: await untilRefused(scene, SETTLED, [-1, 0, SECOND_PROBE]),
    rotation: await rotate(scene),
    newKeyUnknown: await untilAccepted(scene, false),
    newKeyUnknownAfterAttack: await untilAccepted(scene, true),
  };
}

/** From the revocation on, `settled` seconds after the verifier has met the key; only tokens of that key arrive. */
async function untilRefused(scene: Scene, settled: number, probes: readonly number[]): Promise<Seconds> {
  const [revoked, other] = [makeKey(), makeKey()];
  const verifier = await meet(scene, [revoked, other]);
  let now = -settled;
  for (const second of timeline(-settled, probes)) {
    await scene.clock.advance(second - now);
    now = second;
    if (now === 0) scene.issuer.publish(other);
    if (probes.includes(now)) await verifier.probe();
    if (now < 0) await verifier.expect(revoked);
    else if (!(await verifier.accepts(revoked))) {
      await verifier.expect(other);
      return now;
    }
  }
  return null;
}

/** The first minute of a key that was announced for long enough: one token a second. */
async function rotate(scene: Scene): Promise<Measured["rotation"]> {
  const [old, next] = [makeKey(), makeKey()];
  const verifier = await meet(scene, [old]);
  scene.issuer.publish(old, next);
  for (let second = 0; second < ANNOUNCED; second += LOOSELY) {
    await scene.clock.advance(LOOSELY);
    await verifier.expect(old);
  }
  const before = scene.issuer.fetches();
  let refused = 0;
  for (let second = 0; second < MINUTE; second++) {
    if (!(await verifier.accepts(next))) refused++;
    await scene.clock.advance(1);
  }
  return { refused, fetches: scene.issuer.fetches() - before };
}

/** A key that signs as soon as it is public: one token a second. */
async function untilAccepted(scene: Scene, attacked: boolean): Promise<Seconds> {
  const [old, next] = [makeKey(), makeKey()];
  const verifier = await meet(scene, [old]);
  for (let second = 0; second < SETTLED; second += CLOSELY) {
    await scene.clock.advance(CLOSELY);
    await verifier.expect(old);
  }
  if (attacked) await verifier.probe();
  scene.issuer.publish(old, next);
  for (let second = 0; second <= DAY; second++) {
    if (await verifier.accepts(next)) return second;
    await scene.clock.advance(1);
  }
  return null;
}

/** A new verifier that has accepted a token of each key. */
async function meet({ clock, issuer, library }: Scene, keys: readonly Key[]) {
  clock.forgetTimers();
  issuer.publish(...keys);
  const { url, jwksUri } = issuer;
  const verifier = await library.create({ issuer: url, audience: url, jwksUri, clockTolerance: 5 });

  async function isAccepted(token: string): Promise<boolean> {
    try {
      await verifier.verify(token);
      return true;
    } catch {
      return false;
    }
  }

  const accepts = (key: Key): Promise<boolean> => isAccepted(key.token(url));

  async function expect(key: Key): Promise<void> {
    if (!(await accepts(key))) throw new Error(`${library.name}: expected a good token to be accepted`);
  }

  async function probe(): Promise<void> {
    const [key] = keys;
    if (key === undefined || (await isAccepted(key.token(url, randomUUID())))) {
      throw new Error(`${library.name}: expected a token with an unknown kid to be refused`);
    }
  }

  for (const key of keys) await expect(key);
  // What runs out is not tried at the very millisecond, where some compare with < and some with <=.
  await clock.advance(0.001);
  return { accepts, expect, probe };
}

/** When tokens arrive, in seconds around the revocation; one right after each probe. */
function timeline(from: number, probes: readonly number[]): number[] {
  const seconds = new Set(probes);
  for (let second = from; second <= DAY; second += second < HOUR ? CLOSELY : LOOSELY) seconds.add(second);
  return [...seconds].sort((one, other) => one - other);
}
