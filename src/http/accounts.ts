/**
 * Better Auth behind our edge: the caller's address from the socket, its errors as problem details that keep the
 * `code` and `message` its client library reads. What it answers on success passes untouched.
 */
import type { StatusCode } from "hono/utils/http-status";
import { z } from "zod";
import type { AccountsEngine } from "../accounts/engine.ts";
import { CLIENT_IP_HEADER, REQUEST_ID_HEADER } from "../accounts/engine-headers.ts";
import type { FieldError } from "../errors.ts";
import { type AppContext, requestHeader } from "./context.ts";
import { requestForEngine } from "./engine-request.ts";
import type { ClientAddress } from "./middleware/client-address.ts";
import { answerProblem } from "./problem.ts";

export interface AccountsParts {
  readonly engine: AccountsEngine;
  readonly clientAddress: ClientAddress;
  /** The name of the session's cookie. */
  readonly sessionCookie: string;
}

export function createAccountsHandler({
  engine,
  clientAddress,
  sessionCookie,
}: AccountsParts): (c: AppContext) => Promise<Response> {
  return async (c) => {
    const request = requestForEngine(c, sessionCookie);
    const peer = c.env.incoming.socket.remoteAddress;
    request.headers.set(
      CLIENT_IP_HEADER,
      clientAddress({ peer, forwardedFor: requestHeader(c, "x-forwarded-for") }),
    );
    request.headers.set(REQUEST_ID_HEADER, c.get("requestId"));
    const answer = await engine.handle(request);
    return answer.status < 400 ? passOn(c, answer) : answerEngineError(c, answer);
  };
}

/** Sets the headers one by one, so that those of our middleware stay and each cookie keeps its own line. */
function passOn(c: AppContext, answer: Response): Response {
  for (const [name, value] of answer.headers) {
    // What a browser may read is for our CORS middleware to say.
    if (!name.startsWith("access-control-")) c.header(name, value, { append: name === "set-cookie" });
  }
  if (!answer.headers.has("cache-control")) c.header("Cache-Control", "no-store");
  return c.newResponse(answer.body, statusCode(answer.status));
}

/** Hono's type for what is a plain number here. */
const statusCode = (status: number): StatusCode => z.custom<StatusCode>().parse(status);

const engineError = z
  .object({ code: z.string().catch(""), message: z.string().catch("") })
  .catch({ code: "", message: "" });

async function answerEngineError(c: AppContext, answer: Response): Promise<Response> {
  const { code, message } = engineError.parse(await readJson(answer));
  if (answer.status >= 500) throw new Error(`Better Auth answered ${answer.status} ${code}`);
  for (const cookie of answer.headers.getSetCookie()) c.header("Set-Cookie", cookie, { append: true });
  const status = asErrorStatus(answer.status);
  return answerProblem(c, {
    status,
    title: TITLES[status] ?? "Request refused",
    code: code === "" ? (DEFAULT_CODES[status] ?? "REQUEST_REFUSED") : code,
    detail: message === "" ? `There is nothing to answer for ${c.req.method} ${c.req.path}.` : message,
    fields: fieldErrors(code, message),
  });
}

async function readJson(answer: Response): Promise<unknown> {
  try {
    return await answer.json();
  } catch {
    return undefined;
  }
}

/** `[body.email] Invalid email; [body.password] …` → one entry for each field; otherwise the field the code is about. */
function fieldErrors(code: string, message: string): FieldError[] {
  const field = /^(?:INVALID_)?(EMAIL|PASSWORD)(?:$|_TOO_)/.exec(code)?.[1]?.toLowerCase();
  if (field !== undefined) return [{ field, detail: message }];
  if (code.startsWith("USER_ALREADY_EXISTS")) return [{ field: "email", detail: message }];
  const parts = message.matchAll(/\[(?:body|query)\.([\w.]+)\] (.*?)(?=; \[(?:body|query)\.|$)/g);
  return [...parts].map(([, field = "", detail = ""]) => ({ field, detail }));
}

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad request",
  401: "Not signed in",
  403: "Not allowed",
  404: "Not found",
  409: "Conflict",
  415: "Unsupported media type",
  422: "Invalid request",
  429: "Too many requests",
};

const DEFAULT_CODES: Readonly<Record<number, string>> = {
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
};

type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 415 | 422 | 429;
const ERROR_STATUSES: readonly ErrorStatus[] = [400, 401, 403, 404, 409, 415, 422, 429];

const asErrorStatus = (status: number): ErrorStatus =>
  ERROR_STATUSES.find((known) => known === status) ?? 400;
