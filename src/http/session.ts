/**
 * `GET /api/auth/get-session`, answered by us where nothing is to be written: whatever Better Auth would prolong, renew or
 * clear away goes on to it.
 */
import type { Lookup } from "../sessions/batched-lookup.ts";
import type { CredentialReader } from "../sessions/credential.ts";
import type { SessionView } from "../sessions/session-view.ts";
import { type AppMiddleware, credentialHeaders } from "./context.ts";

export interface SessionParts {
  readonly readCredential: CredentialReader;
  readonly findSessionView: Lookup<SessionView>;
  /** Seconds after which a session in use is prolonged. */
  readonly updateAge: number;
}

const HEADERS = { "Content-Type": "application/json", "Cache-Control": "no-store", Pragma: "no-cache" };

export function createSessionHandler(parts: SessionParts): AppMiddleware {
  const { readCredential, findSessionView, updateAge } = parts;
  return async (c, next) => {
    const isPlain = c.req.method === "GET" && c.get("resigned") === undefined;
    const credential = isPlain ? readCredential(credentialHeaders(c)) : undefined;
    const view = credential && (await findSessionView(credential.sessionToken));
    if (view === undefined || Date.now() - view.updatedAt.getTime() >= updateAge * 1000) return next();
    return new Response(view.json, { headers: HEADERS });
  };
}
