// Owns noticing that a token in use has expired, for connections that outlive the request that opened them.
import type { Auth } from "./auth.ts";

// A longer timer would go off at once.
const LONGEST_TIMER = 2 ** 31 - 1;

/** Calls back once, when the token has expired; never before it returns. What it returns calls the whole thing off. */
export function whenExpired({ expiresAt }: Pick<Auth, "expiresAt">, callback: () => void): () => void {
  const end = expiresAt.getTime();
  let timer: ReturnType<typeof setTimeout>;
  function wait(): void {
    timer = setTimeout(
      () => (Date.now() < end ? wait() : callback()),
      Math.min(Math.max(end - Date.now(), 0), LONGEST_TIMER),
    );
    timer.unref();
  }
  wait();
  return () => clearTimeout(timer);
}
