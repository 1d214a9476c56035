/**
 * The two kinds of failure that are ours. A refusal (`AppError`) is an answer to a caller; a `StartupError`
 * is an answer to an operator. Everything else is a bug: a plain `Error`, logged, answered 500 with nothing in it.
 * How a refusal looks on the wire is `http/problem.ts`'s business.
 */

/** Every refusal Keyturn gives, with its HTTP status and its title (RFC 9457 §3.1). */
const REFUSALS = {
  malformed_request: { status: 400, title: "Malformed request" },
  unknown_resource: { status: 400, title: "Unknown resource" },
  unauthenticated: { status: 401, title: "Not signed in" },
  forbidden: { status: 403, title: "Not allowed" },
  second_factor_required: { status: 403, title: "Second factor required" },
  untrusted_origin: { status: 403, title: "Untrusted origin" },
  not_found: { status: 404, title: "Not found" },
  conflict: { status: 409, title: "Conflict" },
  body_too_large: { status: 413, title: "Body too large" },
  invalid_request: { status: 422, title: "Invalid request" },
  password_too_common: { status: 422, title: "Password too common" },
  token_too_large: { status: 422, title: "Token too large" },
  rate_limited: { status: 429, title: "Too many requests" },
  too_busy: { status: 503, title: "Too busy" },
  unavailable: { status: 503, title: "Temporarily unavailable" },
  internal: { status: 500, title: "Internal error" },
} as const satisfies Record<string, { status: number; title: string }>;

export type RefusalCode = keyof typeof REFUSALS;

/** One field a caller got wrong: where it is and what was expected. */
export interface FieldError {
  readonly field: string;
  readonly detail: string;
}

interface RefusalOptions {
  readonly fields?: readonly FieldError[];
  /** Seconds after which trying again makes sense (RFC 9110 §10.2.3). */
  readonly retryAfter?: number;
  /** Goes to the log only. */
  readonly cause?: unknown;
}

/** A refusal with public text: `detail` says what was expected, what came, and what to do. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: RefusalCode;
  readonly status: (typeof REFUSALS)[RefusalCode]["status"];
  readonly title: string;
  readonly fields: readonly FieldError[];
  readonly retryAfter: number | undefined;

  constructor(code: RefusalCode, detail: string, options: RefusalOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.status = REFUSALS[code].status;
    this.title = REFUSALS[code].title;
    this.fields = options.fields ?? [];
    this.retryAfter = options.retryAfter;
  }
}

/** What an operator reads instead of a stack trace: what is wrong, then the way out. Exit code 1. */
export class StartupError extends Error {
  override readonly name = "StartupError";
  readonly wayOut: string;

  constructor(problem: string, wayOut: string, cause?: unknown) {
    super(problem, cause === undefined ? undefined : { cause });
    this.wayOut = wayOut;
  }
}

/** The text of anything thrown, for a sentence shown to an operator. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
