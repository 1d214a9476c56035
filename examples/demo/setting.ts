/** What every chapter of the demo has at hand: the two servers, the ids learnt so far, the screen. */
import type { Call } from "./caller.ts";
import type { Screen } from "./screen.ts";

/** Periods of a day and more, made short enough to watch. The server still refuses any that would be unsafe together. */
export const ANNOUNCE_PERIOD_MS = 3_000;
export const VERIFIER_CACHE_MS = 1_000;
export const TOKEN_TTL_SECONDS = 4;

export const ADMIN_EMAIL = "ada@example.com";

export const KEYTURN_SETTINGS = {
  ADMIN_EMAIL,
  TOKEN_TTL: `${TOKEN_TTL_SECONDS}s`,
  JWKS_MAX_AGE: "1s",
  VERIFIER_CACHE_MAX_AGE: `${VERIFIER_CACHE_MS}ms`,
  CLOCK_SKEW: "1s",
  KEY_ANNOUNCE_PERIOD: `${ANNOUNCE_PERIOD_MS}ms`,
  LOG_LEVEL: "warn",
} as const;

export interface Setting {
  readonly screen: Screen;
  readonly keyturnUrl: string;
  readonly tasksUrl: string;
  readonly keyturn: Call;
  readonly tasks: Call;
  /** `ada`, `ben` and `task`, for the placeholders of a call. */
  readonly ids: Map<string, string>;
}
