/**
 * What callers read about their budgets: the fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers,
 * structured fields of RFC 9651), and the sentence of a refusal. Pure.
 */
import type { Budget } from "./budgets.ts";
import type { Standing } from "./counter.ts";

/** `"sign-in";q=5;w=900` */
export const policyField = (budgets: readonly Budget[]): string =>
  budgets.map(({ name, points, window }) => `"${name}";q=${points};w=${window}`).join(", ");

/** `"sign-in";r=4;t=897` */
export const standingField = (standings: readonly Standing[]): string =>
  standings.map(({ budget, remaining, reset }) => `"${budget.name}";r=${remaining};t=${reset}`).join(", ");

/** In the largest unit that does not promise too early an end. */
export function inWords(seconds: number): string {
  const [amount, unit] =
    seconds <= 90
      ? [Math.ceil(seconds), "second"]
      : seconds <= 90 * 60
        ? [Math.ceil(seconds / 60), "minute"]
        : [Math.ceil(seconds / 3600), "hour"];
  return `${amount} ${unit}${amount === 1 ? "" : "s"}`;
}
