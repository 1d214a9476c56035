/**
 * `GET /api/auth/token`: a session, by cookie or bearer, or an API key in `x-api-key`, for a short-lived JWT. Better Auth's
 * own is never reached.
 */
import type { SubjectOf, SubjectOfKey } from "../access/subject.ts";
import { AppError } from "../errors.ts";
import type { FindApiKey } from "../sessions/api-key.ts";
import type { Authenticate } from "../sessions/authenticate.ts";
import type { TokenSubject } from "../tokens/claims.ts";
import type { IssueSessionToken } from "../tokens/session-token.ts";
import { type AppContext, credentialHeaders, requestHeader } from "./context.ts";

export interface TokenParts {
  /** Throws `unavailable` (503). */
  assertCanSign(): void;
  readonly authenticate: Authenticate;
  readonly findApiKey: FindApiKey;
  readonly subjectOf: SubjectOf;
  readonly subjectOfKey: SubjectOfKey;
  readonly issue: IssueSessionToken;
}

const HEADERS = { "Content-Type": "application/json", "Cache-Control": "no-store" };

export function createTokenHandler(parts: TokenParts): (c: AppContext) => Promise<Response> {
  const { assertCanSign, authenticate, subjectOf, issue } = parts;
  return async (c) => {
    // Known without the database, which is likely to be what is missing.
    assertCanSign();
    const key = requestHeader(c, "x-api-key");
    const subject =
      key === undefined
        ? subjectOf((await authenticate(credentialHeaders(c))).session)
        : await subjectByKey(key, parts);
    const { token } = await issue(subject, c.req.query("resource"));
    return new Response(`{"token":"${token}"}`, { headers: HEADERS });
  };
}

/** A key that does not hold is not rescued by a session: the caller said whom to check. */
async function subjectByKey(
  key: string,
  { findApiKey, subjectOfKey }: Pick<TokenParts, "findApiKey" | "subjectOfKey">,
): Promise<TokenSubject> {
  const outcome = await findApiKey(key);
  switch (outcome.state) {
    case "good":
      return subjectOfKey(outcome.bearer);
    case "limited":
      throw new AppError("rate_limited", "This API key has made as many requests as it may for now.", {
        retryAfter: outcome.retryAfter,
      });
    case "unknown":
      throw new AppError(
        "unauthenticated",
        "Expected an API key that is enabled and has not expired, whole as it was shown when it was made.",
      );
  }
}
