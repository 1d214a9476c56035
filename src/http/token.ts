/** `GET /api/auth/token`: a session, by cookie or bearer, for a short-lived JWT. Better Auth's own is never reached. */
import { permissionsOf, rolesOf } from "../access/roles.ts";
import type { Authenticate } from "../sessions/authenticate.ts";
import type { IssueSessionToken } from "../tokens/session-token.ts";
import { type AppContext, credentialHeaders } from "./context.ts";

export interface TokenParts {
  /** Throws `unavailable` (503). */
  assertCanSign(): void;
  readonly authenticate: Authenticate;
  readonly issue: IssueSessionToken;
}

const HEADERS = { "Content-Type": "application/json", "Cache-Control": "no-store" };

export function createTokenHandler({
  assertCanSign,
  authenticate,
  issue,
}: TokenParts): (c: AppContext) => Promise<Response> {
  return async (c) => {
    // Known without the database, which is likely to be what is missing.
    assertCanSign();
    const { session } = await authenticate(credentialHeaders(c));
    const roles = rolesOf(session.user.role);
    const subject = { session, user: session.user, roles, permissions: permissionsOf(roles) };
    const token = issue(subject, c.req.query("resource"));
    return new Response(`{"token":"${token}"}`, { headers: HEADERS });
  };
}
