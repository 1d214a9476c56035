/** Errors as callers see them: RFC 9457 problem details with a request id, and nothing from the inside. */
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppError, FieldError } from "../errors.ts";
import type { AppContext } from "./context.ts";

interface Problem {
  /** `urn:keyturn:error:<code>`: stable, to be compared by programs. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly request_id: string;
  readonly errors?: readonly FieldError[];
  /** What Better Auth's client shows; below `/api/auth` only. */
  readonly message?: string;
}

interface ProblemParts {
  readonly status: ContentfulStatusCode;
  readonly title: string;
  readonly code: string;
  readonly detail: string;
  readonly fields?: readonly FieldError[];
}

export function answerProblem(
  c: AppContext,
  { status, title, code, detail, fields = [] }: ProblemParts,
): Response {
  const problem: Problem = {
    type: `urn:keyturn:error:${code.toLowerCase()}`,
    title,
    status,
    detail,
    code,
    request_id: c.get("requestId"),
    ...(fields.length > 0 && { errors: fields }),
    ...(c.req.path.startsWith("/api/auth/") && { message: detail }),
  };
  c.header("Cache-Control", "no-store");
  // RFC 9110 §15.5.2: a 401 says how to authenticate.
  if (status === 401) c.header("WWW-Authenticate", 'Bearer realm="keyturn"');
  return c.body(JSON.stringify(problem), status, { "Content-Type": "application/problem+json" });
}

export function answerRefusal(c: AppContext, refusal: AppError): Response {
  if (refusal.retryAfter !== undefined) c.header("Retry-After", String(refusal.retryAfter));
  return answerProblem(c, {
    status: refusal.status,
    title: refusal.title,
    code: refusal.code,
    detail: refusal.message,
    fields: refusal.fields,
  });
}
