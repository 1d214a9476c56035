/**
 * A request as Better Auth is to see it: with what was signed anew, and with the one credential that we read in it, so that
 * nobody is one person for the limits and the guards in front of the engine and another one for the engine.
 */
import { bearerOf, cookiePairs, isBearer } from "../sessions/credential.ts";
import { type AppContext, requestHeader } from "./context.ts";

export function requestForEngine(c: AppContext, sessionCookie: string): Request {
  const resigned = c.get("resigned");
  // Only links are rewritten, and those are GETs.
  const request =
    resigned?.url === undefined
      ? new Request(c.req.raw)
      : new Request(resigned.url, { headers: c.req.raw.headers });
  for (const [name, value] of Object.entries(resigned?.headers ?? {})) request.headers.set(name, value);
  const authorization = resigned?.headers["authorization"] ?? requestHeader(c, "authorization");
  if (authorization !== undefined) keepOneCredential(request.headers, authorization, sessionCookie);
  return request;
}

/**
 * The engine would take the cookie where a bearer token does not hold, and reads two `Authorization` fields as one; we do
 * neither (`sessions/credential.ts`).
 */
function keepOneCredential(headers: Headers, authorization: string, sessionCookie: string): void {
  if (!isBearer(authorization)) return headers.set("authorization", authorization);
  const bearer = bearerOf(authorization);
  if (bearer === undefined) headers.delete("authorization");
  else headers.set("authorization", `Bearer ${bearer}`);
  const others = cookiePairs(headers.get("cookie") ?? "").filter(([name]) => name !== sessionCookie);
  headers.set("cookie", others.map(([name, value]) => `${name}=${value}`).join("; "));
}
