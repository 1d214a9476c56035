/**
 * A new secret signs nobody out: what a previous one of `BETTER_AUTH_SECRETS` has signed (cookies, bearer tokens,
 * links in mail) is signed anew with the current one, for Better Auth, which knows no other, and for the caller to keep.
 * What none of them has signed stays as it came, and is refused by whoever reads it.
 */
import { SESSION_SECONDS } from "../../accounts/engine.ts";
import { bearerOf, cookiePairs, cookiePrefix } from "../../sessions/credential.ts";
import type { ValueSigner } from "../../sessions/signed-value.ts";
import { type AppContext, type AppMiddleware, requestHeader } from "../context.ts";

export interface ResignParts {
  /** Undefined while there is one secret only: then nothing can be signed anew. */
  readonly signer: ValueSigner | undefined;
  readonly issuer: string;
  /** The user who trusts the device known by this identifier. */
  trustedDeviceOwner(identifier: string): Promise<string | undefined>;
}

const TRUSTED_DEVICE_SECONDS = 30 * 24 * 60 * 60;

export function resignPrevious({ signer, issuer, trustedDeviceOwner }: ResignParts): AppMiddleware {
  if (signer === undefined) return (_, next) => next();
  const prefix = cookiePrefix(issuer);
  const sessionCookie = `${prefix}session_token`;
  const attributes = `; Path=/; HttpOnly${issuer.startsWith("https:") ? "; Secure" : ""}; SameSite=Lax`;

  const resignCookie = async (name: string, sent: string): Promise<string | undefined> => {
    const opened = name.startsWith(prefix) ? signer.open(sent) : undefined;
    if (opened === undefined || opened.isCurrent) return undefined;
    const isTrust = name === `${prefix}trust_device`;
    const value = isTrust ? await renewTrust(signer, opened.value, trustedDeviceOwner) : opened.value;
    return value === undefined ? undefined : encodeURIComponent(signer.sign(value));
  };

  return async (c, next) => {
    const sent = cookiesOf(requestHeader(c, "cookie") ?? "");
    const cookies = new Map<string, string>();
    for (const [name, value] of sent) {
      const resigned = await resignCookie(name, value);
      if (resigned !== undefined) cookies.set(name, resigned);
    }
    const bearer = resignBearer(signer, requestHeader(c, "authorization"));
    const url = resignLink(signer, c);
    if (cookies.size === 0 && bearer === undefined && url === undefined) return next();
    c.set("resigned", {
      url,
      headers: {
        ...(cookies.size > 0 && { cookie: toHeader([...sent, ...cookies]) }),
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
      },
    });
    await next();

    if (c.res.status >= 400) return;
    // What Better Auth says itself is newer: a session that was renewed, or ended.
    const said = new Set(c.res.headers.getSetCookie().map((line) => line.split("=", 1)[0]));
    const isRemembered = signer.open(sent.get(`${prefix}dont_remember`) ?? "") === undefined;
    for (const [name, value] of cookies) {
      const lifetime = lifetimeOf(name.slice(prefix.length), isRemembered);
      if (lifetime === undefined || said.has(name)) continue;
      c.header("Set-Cookie", `${name}=${value}${lifetime}${attributes}`, { append: true });
      c.header("Cache-Control", "no-store");
    }
    if (bearer !== undefined && !said.has(sessionCookie) && !c.res.headers.has("set-auth-token")) {
      c.header("set-auth-token", bearer);
      c.header("Cache-Control", "no-store");
    }
  };
}

/** `Max-Age` as Better Auth gives it. Undefined for what lives for minutes, such as a sign-in under way. */
function lifetimeOf(name: string, isRemembered: boolean): string | undefined {
  if (name === "dont_remember" || (name === "session_token" && !isRemembered)) return "";
  if (name === "trust_device") return `; Max-Age=${TRUSTED_DEVICE_SECONDS}`;
  return /^(?:session_token(?:_multi-.+)?|admin_session)$/.test(name)
    ? `; Max-Age=${SESSION_SECONDS}`
    : undefined;
}

function resignBearer(signer: ValueSigner, authorization = ""): string | undefined {
  const opened = signer.open(bearerOf(authorization) ?? "");
  return opened === undefined || opened.isCurrent ? undefined : signer.sign(opened.value);
}

/** The link that proves an address holds a JWT (HS256): the same HMAC over its header and payload (RFC 7515 §5.1). */
function resignLink(signer: ValueSigner, c: AppContext): string | undefined {
  if (c.req.method !== "GET" || c.req.path !== "/api/auth/verify-email") return undefined;
  const opened = signer.open(c.req.query("token") ?? "");
  if (opened === undefined || opened.isCurrent) return undefined;
  const url = new URL(c.req.url);
  url.searchParams.set("token", `${opened.value}.${signer.mac(opened.value).toString("base64url")}`);
  return url.href;
}

/** A trusted device's cookie is `<HMAC of user!identifier>!<identifier>`: signed within what is signed. */
async function renewTrust(
  signer: ValueSigner,
  value: string,
  ownerOf: ResignParts["trustedDeviceOwner"],
): Promise<string | undefined> {
  const [mac = "", identifier = ""] = value.split("!");
  if (!identifier.startsWith("trust-device-")) return undefined;
  const owner = await ownerOf(identifier);
  const trust = `${owner}!${identifier}`;
  if (owner === undefined || signer.open(`${trust}.${mac}`) === undefined) return undefined;
  return `${signer.mac(trust).toString("base64url")}!${identifier}`;
}

/** Of two with one name the first counts, as it does for Better Auth. */
const cookiesOf = (header: string): Map<string, string> => new Map(cookiePairs(header).toReversed());

/** Of two with one name the last counts. */
const toHeader = (cookies: Iterable<readonly [string, string]>): string =>
  [...new Map(cookies)].map(([name, value]) => `${name}=${value}`).join("; ");
