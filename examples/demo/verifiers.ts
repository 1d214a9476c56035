/** The two verifiers of the demo, each with its own memory of the JWKS: Keyturn's own, and jose's, as any API may use. */
import { createVerifier } from "@keyturn/verifier";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { Difference } from "./difference.ts";
import { type Setting, VERIFIER_CACHE_MS } from "./setting.ts";

export interface Verifiers {
  /** Both accept the token, or the demo ends. */
  accept(token: string, what: string): Promise<void>;
  close(): void;
}

export function createVerifiers({ keyturnUrl, tasksUrl, screen }: Setting): Verifiers {
  const rules = { issuer: keyturnUrl, audience: tasksUrl, clockTolerance: 5 };
  const ours = createVerifier(rules);
  // No verifier may keep a JWKS longer than VERIFIER_CACHE_MAX_AGE says, and jose would keep it for ten minutes.
  const keys = createRemoteJWKSet(new URL(`${keyturnUrl}/.well-known/jwks.json`), {
    cacheMaxAge: VERIFIER_CACHE_MS,
  });
  return {
    async accept(token, what) {
      const { kid } = decodeProtectedHeader(token);
      await ours.verify(token).catch(refusedBy("@keyturn/verifier", what));
      await jwtVerify(token, keys, rules).catch(refusedBy("jose", what));
      screen.ok("2/2", what, `@keyturn/verifier and jose accept kid ${kid?.slice(0, 8)}…`);
    },
    close: () => ours.close(),
  };
}

const refusedBy =
  (verifier: string, what: string) =>
  (error: unknown): never => {
    throw new Difference(`${what}: expected ${verifier} to accept it, got ${String(error)}`);
  };
