// Owns what a middleware is to Node's own request and response: how a check becomes one, how a refusal is sent, and
// how several run where there is no framework. Knows nothing of tokens; node.ts says what is checked.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { toRefusal } from "./guards.ts";

/**
 * What `bearer` leaves on a request.
 *
 * @example
 * // Once in an Express project, so that `req.auth` is typed:
 * declare global {
 *   namespace Express {
 *     interface Request extends WithAuth {}
 *   }
 * }
 */
export interface WithAuth<Custom extends object = object> {
  auth?: Auth<Custom>;
}

/**
 * A request as Express or `node:http` has it.
 *
 * @example
 * const log = (req: NodeRequest) => console.log(req.method, req.auth?.userId);
 */
export interface NodeRequest<Custom extends object = object> extends IncomingMessage, WithAuth<Custom> {
  readonly params?: unknown;
}

/**
 * For `app.use`, for routes and for `withAuth`.
 *
 * @example
 * const onlyAdmins: Middleware[] = [requireScope("tasks"), requireRole("admin")];
 */
export type Middleware<Custom extends object = object> = (
  req: NodeRequest<Custom>,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>;

export function answering<Custom extends object>(
  check: (req: NodeRequest<Custom>) => void | Promise<void>,
): Middleware<Custom> {
  return async (req, res, next) => {
    try {
      await check(req);
    } catch (error) {
      if (!(error instanceof VerifierError)) return next(error);
      const { status, headers, body } = toRefusal(error);
      return void res.writeHead(status, headers).end(body);
    }
    next();
  };
}

/** Does the middleware let the request pass? If not, it has answered. Rejects with what it gives to `next`. */
export async function passes<Custom extends object>(
  middleware: Middleware<Custom>,
  req: NodeRequest<Custom>,
  res: ServerResponse,
): Promise<boolean> {
  const outcome = { passes: false };
  await middleware(req, res, (error) => {
    if (error) throw error;
    outcome.passes = true;
  });
  return outcome.passes;
}
