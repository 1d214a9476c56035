/**
 * Whose account a request is about, read before the engine reads it and in the same way, so that no spelling reaches an
 * account without being counted for it. Judges nothing: an account named here need not exist.
 */
import { createHash } from "node:crypto";
import { z } from "zod";
import type { Limits } from "../../limits/open.ts";
import type { AccountSource, Plan } from "../../limits/plans.ts";
import {
  bearerOf,
  type CredentialReader,
  cookiePairs,
  cookiePrefix,
  sessionCookieName,
} from "../../sessions/credential.ts";
import type { ValueSigner } from "../../sessions/signed-value.ts";
import { type AppContext, credentialHeaders, requestHeader } from "../context.ts";

interface LimitedAccount {
  /** `email:…`, `username:…` or `user:…`. */
  readonly account: string | undefined;
  readonly session: string | undefined;
  /** The value of the device's cookie. */
  readonly deviceCookie: string | undefined;
  /** Whether this answer begins a session. */
  isSignIn(answer: Response): boolean;
}

export type AccountReader = (c: AppContext, plan: Plan) => Promise<LimitedAccount>;

export interface AccountReaderParts {
  readonly limits: Pick<Limits, "challengedAccount" | "deviceCookie">;
  readonly issuer: string;
  readonly readCredential: CredentialReader;
  readonly signer: Pick<ValueSigner, "open">;
}

export function createAccountReader({
  limits: { challengedAccount, deviceCookie },
  issuer,
  readCredential,
  signer,
}: AccountReaderParts): AccountReader {
  const challengeCookie = `${cookiePrefix(issuer)}two_factor`;
  const sessionCookie = `${sessionCookieName(issuer)}=`;
  const isSignIn = (answer: Response): boolean =>
    answer.headers
      .getSetCookie()
      .some((line) => line.startsWith(sessionCookie) && line.charAt(sessionCookie.length) !== ";");

  const challenged = async (cookie: string | undefined): Promise<string | undefined> => {
    const challenge = cookie === undefined ? undefined : signer.open(cookie)?.value;
    const userId = challenge === undefined ? undefined : await challengedAccount(challenge);
    return userId && `user:${userId}`;
  };

  return async (c, { account: source }) => {
    const cookies = new Map(cookiePairs(requestHeader(c, "cookie") ?? "").toReversed());
    const account =
      source === "challenge"
        ? await challenged(cookies.get(challengeCookie))
        : source && named(source, await readMember(c, source));
    return {
      account,
      session: readCredential(credentialHeaders(c))?.sessionToken,
      deviceCookie: cookies.get(deviceCookie.cookieName),
      isSignIn,
    };
  };
}

/** Addresses and names mean the same in any case. Whoever names nobody is counted as one and the same nobody. */
const named = (source: Exclude<AccountSource, "challenge">, value = ""): string =>
  `${source === "username" ? "username" : "email"}:${value.trim().toLowerCase()}`;

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]*\+)?json/;
const FORM_TYPE = "application/x-www-form-urlencoded";

/** By the declared type, as the engine does; of two with one name the last counts. */
async function readMember(c: AppContext, member: string): Promise<string | undefined> {
  const type = (requestHeader(c, "content-type") ?? "").toLowerCase();
  try {
    if (JSON_TYPE.test(type)) {
      const body: unknown = await c.req.raw.clone().json();
      return z
        .record(z.string(), z.unknown())
        .transform((all) => all[member])
        .pipe(z.string())
        .safeParse(body).data;
    }
    if (!type.includes(FORM_TYPE)) return undefined;
    const value = (await c.req.raw.clone().formData()).getAll(member).at(-1);
    return typeof value === "string" ? value : undefined;
  } catch {
    // Not what it says it is: the engine will say so.
    return undefined;
  }
}

const answeredUser = z.object({
  user: z.object({
    id: z.string(),
    email: z.string(),
    username: z.string().nullish().catch(undefined),
  }),
});

/** By which names the person may be called next time. */
export async function namesInAnswer(answer: Response): Promise<string[]> {
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  const { data } = answeredUser.safeParse(body);
  if (data === undefined) return [];
  const { id, email, username } = data.user;
  return [`user:${id}`, named("email", email), ...(username ? [named("username", username)] : [])];
}

/**
 * What tells one caller's sessions from another's, before anybody has looked whether there is such a session: good
 * enough to count by. Several spellings of one session are one.
 */
export function unverifiedSession(c: AppContext, issuer: string): string | undefined {
  const { authorization, cookie } = credentialHeaders(c);
  const bearer = authorization === undefined ? undefined : bearerOf(authorization);
  const value = bearer ?? cookieNamed(cookie, sessionCookieName(issuer));
  if (value !== undefined) return /^"?([\w-]{1,64})/.exec(decoded(value))?.[1];
  const key = requestHeader(c, "x-api-key");
  return key && createHash("sha256").update(key).digest("base64url");
}

/** Without taking the whole header to pieces: this is asked for every token. */
function cookieNamed(header: string | undefined, name: string): string | undefined {
  const at = header?.indexOf(`${name}=`) ?? -1;
  if (header === undefined || at === -1) return undefined;
  const end = header.indexOf(";", at);
  return header.slice(at + name.length + 1, end === -1 ? undefined : end);
}

const decoded = (value: string): string => {
  if (!value.includes("%")) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
};
