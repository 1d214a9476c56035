/** What every handler finds in its Hono context. */
import type { HttpBindings } from "@hono/node-server";
import type { Context, MiddlewareHandler } from "hono";
import type { CredentialHeaders } from "../sessions/credential.ts";

export interface AppEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}

export type AppContext = Context<AppEnv>;
export type AppMiddleware = MiddlewareHandler<AppEnv>;

export const credentialHeaders = (c: AppContext): CredentialHeaders => ({
  authorization: c.req.header("authorization"),
  cookie: c.req.header("cookie"),
});
