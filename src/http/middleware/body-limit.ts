/**
 * No body over a limit is read. A declared length is refused before the body is touched, and what is still on its
 * way is thrown away: answering while the caller sends must not cut the connection the answer travels on.
 */
import { bodyLimit } from "hono/body-limit";
import { AppError } from "../../errors.ts";
import { type AppMiddleware, requestHeader } from "../context.ts";

export function limitBody(maxBytes: number): AppMiddleware {
  const refuse = () => {
    throw new AppError("body_too_large", `Expected a body of at most ${maxBytes} bytes.`);
  };
  const limitUndeclared = bodyLimit({ maxSize: maxBytes, onError: refuse });

  return (c, next) => {
    if (requestHeader(c, "transfer-encoding") !== undefined) return limitUndeclared(c, next);
    if (Number(requestHeader(c, "content-length") ?? 0) <= maxBytes) return next();
    c.env.incoming.resume();
    return refuse();
  };
}
