/**
 * The session credential a request carries: Better Auth's signed session cookie, or the same value as a bearer
 * token. Pure: header values in, the session token out once its HMAC holds. Sessions themselves are `session-store.ts`'s,
 * signing anew what a previous secret signed is `http/middleware/resign.ts`'s.
 */
import type { VersionedSecrets } from "../secrets.ts";
import { createValueSigner } from "./signed-value.ts";

/** What the names of Better Auth's cookies begin with, on http and on https. */
export const cookiePrefix = (issuer: string): string =>
  `${issuer.startsWith("https:") ? "__Secure-" : ""}better-auth.`;

export const sessionCookieName = (issuer: string): string => `${cookiePrefix(issuer)}session_token`;

export interface CredentialHeaders {
  readonly authorization: string | undefined;
  readonly cookie: string | undefined;
}

interface Credential {
  readonly sessionToken: string;
  /** Cookies come along by themselves, so what they allow must also be asked for by a trusted origin. */
  readonly from: "cookie" | "bearer";
}

export type CredentialReader = (headers: CredentialHeaders) => Credential | undefined;

/** Opens what any of the secrets has signed, so that a new one signs nobody out. */
export function createCredentialReader(secrets: VersionedSecrets, cookieName: string): CredentialReader {
  const signer = createValueSigner(secrets);

  return ({ authorization, cookie }) => {
    // A bearer token that does not hold is not rescued by a cookie: the caller said whom to check. Other schemes are
    // between the caller and a proxy.
    if (authorization !== undefined && isBearer(authorization)) {
      const bearer = bearerOf(authorization);
      const opened = bearer === undefined ? undefined : signer.open(bearer);
      return opened && { sessionToken: opened.value, from: "bearer" };
    }
    const value = cookie === undefined ? undefined : cookieValue(cookie, cookieName);
    const opened = value === undefined ? undefined : signer.open(value);
    return opened && { sessionToken: opened.value, from: "cookie" };
  };
}

export const isBearer = (authorization: string): boolean => /^Bearer\b/i.test(authorization);

/** The token of `Authorization: Bearer …` (RFC 6750 §2.1). */
export const bearerOf = (authorization: string): string | undefined =>
  /^Bearer +(\S+) *$/i.exec(authorization)?.[1];

/** The first cookie of that name (RFC 6265 §4.2). */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return valueOf(pair.slice(equals + 1));
  }
  return undefined;
}

/** Names and values in the order they were sent (RFC 6265 §4.2.1). */
export const cookiePairs = (header: string): (readonly [name: string, value: string])[] =>
  header.split(";").flatMap((pair) => {
    const equals = pair.indexOf("=");
    return equals === -1 ? [] : [[pair.slice(0, equals).trim(), valueOf(pair.slice(equals + 1))] as const];
  });

/** Without the quotes around it, as Better Auth reads it: what it finds in them we must have found, too. */
function valueOf(sent: string): string {
  const value = sent.trim();
  return value.startsWith('"') ? value.slice(1, -1) : value;
}
