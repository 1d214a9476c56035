// Owns whether a signature is genuine, and when that is found out: at once, or later and off this thread when many have
// come at the same moment, so that they do not hold up everything else. How, is the platform's matter.
import { platform } from "#platform";
import { VerifierError } from "./errors.ts";
import type { VerifyingKey } from "./key-set.ts";
import { decodeSegment, type Segments } from "./token.ts";

/** As many EdDSA signatures as take about a millisecond. */
const MOST_AT_ONCE = 8;

export interface SignatureChecker {
  /** Throws `signature_invalid`. */
  check(segments: Segments, key: VerifyingKey): void;
  /** The same; waits only if it has to or if others would. */
  checkSoon(segments: Segments, key: VerifyingKey): Promise<void> | undefined;
}

export function createSignatureChecker(): SignatureChecker {
  let atOnce = 0;

  /** Callers that come without anything happening between them come at once: a microtask ends the count. */
  function isBurst(): boolean {
    if (atOnce === 0) queueMicrotask(() => (atOnce = 0));
    atOnce++;
    return atOnce > MOST_AT_ONCE;
  }

  function check({ signed, signature }: Segments, { check: { now } }: VerifyingKey): void {
    if (now === undefined)
      throw new TypeError("verifySync: this platform checks signatures by WebCrypto, which waits");
    const bytes = decodeSegment(signature, "signature");
    let isGenuine = false;
    try {
      isGenuine = now(platform.encodeAscii(signed), bytes);
    } catch {
      // Some crypto libraries throw at a signature of the wrong form instead of saying no.
    }
    if (!isGenuine) throw invalid();
  }

  async function checkLater({ signed, signature }: Segments, key: VerifyingKey): Promise<void> {
    const bytes = decodeSegment(signature, "signature");
    const isGenuine = await key.check.later(platform.encodeAscii(signed), bytes).catch(() => false);
    if (!isGenuine) throw invalid();
  }

  return {
    check,
    checkSoon(segments, key) {
      if (key.check.now === undefined || isBurst()) return checkLater(segments, key);
      check(segments, key);
      return undefined;
    },
  };
}

const invalid = (): VerifierError => new VerifierError("signature_invalid", "the signature does not match");
