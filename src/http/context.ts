/** What every handler finds in its Hono context. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import type { CredentialHeaders } from "../sessions/credential.ts";

export interface AppEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; resigned?: ResignedRequest };
}

/** What Better Auth is to see instead of what was sent: see `middleware/resign.ts`. */
interface ResignedRequest {
  readonly url: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

export type AppContext = Context<AppEnv>;
export type AppMiddleware = MiddlewareHandler<AppEnv>;

/** As Node has parsed it. Asking Hono would build a `Headers` for the whole request, dearer than some handlers here. */
export function requestHeader(c: AppContext, name: Lowercase<string>): string | undefined {
  const value = c.env.incoming.headers[name];
  return typeof value === "string" ? value : value?.join(", ");
}

export const credentialHeaders = (c: AppContext): CredentialHeaders => ({
  authorization: requestHeader(c, "authorization"),
  cookie: requestHeader(c, "cookie"),
});
