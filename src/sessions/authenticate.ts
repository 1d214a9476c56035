/** Who is calling: the two steps from request headers to an active session, or a 401 that says what to send. */
import { AppError } from "../errors.ts";
import type { CredentialHeaders, CredentialReader } from "./credential.ts";
import type { ActiveSession, FindSession } from "./session-store.ts";

interface Caller {
  readonly session: ActiveSession;
  readonly from: "cookie" | "bearer";
}

export type Authenticate = (headers: CredentialHeaders) => Promise<Caller>;

export function createAuthenticate(readCredential: CredentialReader, findSession: FindSession): Authenticate {
  return async (headers) => {
    const credential = readCredential(headers);
    const session = credential === undefined ? undefined : await findSession(credential.sessionToken);
    if (credential === undefined || session === undefined) {
      throw new AppError(
        "unauthenticated",
        "Expected a session that is still active: its cookie, or its token as `Authorization: Bearer …`. Sign in first.",
      );
    }
    return { session, from: credential.from };
  };
}
