/**
 * Requests that look an address up for a stranger are answered at the beat of a clock, not when the work is done: the
 * time tells nothing about what was found, whatever each case costs. Only the caller waits, no thread and no connection.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { BetterAuthPlugin } from "better-auth";
import { createAuthMiddleware, isAPIError } from "better-auth/api";

/** Longer than the work takes when nothing is wrong. Work that takes longer is answered at the next beat. */
const BEAT_MS = 200;

const LOOKS_UP_AN_ADDRESS: ReadonlySet<string> = new Set([
  // Says whether an address is taken. When it says so does not.
  "/sign-up/email",
  "/request-password-reset",
  "/send-verification-email",
  "/sign-in/magic-link",
  "/email-otp/send-verification-otp",
  "/email-otp/verify-email",
  "/sign-in/email-otp",
  "/change-email",
]);

/** Who gets in need not wait: what they see is theirs. */
const TELLS_BY_REFUSING: ReadonlySet<string> = new Set(["/sign-in/email", "/sign-in/username"]);

/** What comes between the two plugins takes no time that can be seen: they stand around all others. */
export function evenAnswers(): { readonly first: BetterAuthPlugin; readonly last: BetterAuthPlugin } {
  const begun = new WeakMap<Request, number>();
  const matcher = ({ path = "" }: { path?: string }) =>
    LOOKS_UP_AN_ADDRESS.has(path) || TELLS_BY_REFUSING.has(path);
  const begin = createAuthMiddleware(async ({ request }) => {
    if (request !== undefined) begun.set(request, performance.now());
  });
  const end = createAuthMiddleware(async ({ request, path, context: { returned } }) => {
    if (TELLS_BY_REFUSING.has(path) && !isAPIError(returned)) return;
    const start = request && begun.get(request);
    if (start !== undefined) await sleep(untilNextBeat(performance.now() - start));
  });
  return {
    first: { id: "keyturn-even-answers-begin", hooks: { before: [{ matcher, handler: begin }] } },
    last: { id: "keyturn-even-answers-end", hooks: { after: [{ matcher, handler: end }] } },
  };
}

/** Milliseconds left of the beat that has begun. */
const untilNextBeat = (elapsed: number): number => BEAT_MS - (elapsed % BEAT_MS);
