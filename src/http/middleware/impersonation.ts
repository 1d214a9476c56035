/**
 * What somebody who looks through another's eyes may not do to the account: change it, or make a way in that outlives the
 * hour, such as an API key. They may sign out and choose an organization.
 */
import { AppError } from "../../errors.ts";
import type { CredentialReader } from "../../sessions/credential.ts";
import type { FindSession } from "../../sessions/session-store.ts";
import { type AppMiddleware, credentialHeaders } from "../context.ts";

const ALLOWED: ReadonlySet<string> = new Set(["/api/auth/sign-out", "/api/auth/organization/set-active"]);

export interface ImpersonationParts {
  readonly readCredential: CredentialReader;
  readonly findSession: FindSession;
}

export function refuseImpersonators({ readCredential, findSession }: ImpersonationParts): AppMiddleware {
  return async (c, next) => {
    const { method, path } = c.req;
    if (method === "GET" || ALLOWED.has(path)) return next();
    const credential = readCredential(credentialHeaders(c));
    const session = credential && (await findSession(credential.sessionToken));
    if (session === undefined || session.impersonatedBy === null) return next();
    throw new AppError("forbidden", "Expected a session of your own: this one is an impersonation.");
  };
}
