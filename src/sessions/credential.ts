/**
 * The session credential a request carries: Better Auth's signed session cookie, or the same value as a bearer
 * token. Pure: header values in, the session token out once its HMAC holds. Sessions themselves are `session-store.ts`'s.
 */
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { VersionedSecrets } from "../secrets.ts";

/** What Better Auth calls its session cookie, on http and on https. */
export const sessionCookieName = (issuer: string): string =>
  `${issuer.startsWith("https:") ? "__Secure-" : ""}better-auth.session_token`;

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

export function createCredentialReader(secrets: VersionedSecrets, cookieName: string): CredentialReader {
  const [{ value }] = secrets;
  const secret = createSecretKey(Buffer.from(value));
  const open = (signed: string): string | undefined => openSigned(signed, secret);

  return ({ authorization, cookie }) => {
    // A bearer token that does not hold is not rescued by a cookie: the caller said whom to check. Other schemes are
    // between the caller and a proxy.
    if (authorization !== undefined && /^Bearer\b/i.test(authorization)) {
      const [, bearer] = /^Bearer +(\S+) *$/i.exec(authorization) ?? [];
      const sessionToken = bearer === undefined ? undefined : open(bearer);
      return sessionToken === undefined ? undefined : { sessionToken, from: "bearer" };
    }
    const value = cookie === undefined ? undefined : cookieValue(cookie, cookieName);
    const sessionToken = value === undefined ? undefined : open(value);
    return sessionToken === undefined ? undefined : { sessionToken, from: "cookie" };
  };
}

/** `<token>.<base64 HMAC-SHA256>`, percent-encoded as in a cookie or not. */
function openSigned(text: string, secret: KeyObject): string | undefined {
  const signed = text.includes("%") ? decode(text) : text;
  const dot = signed?.lastIndexOf(".") ?? -1;
  if (signed === undefined || dot < 1) return undefined;
  const token = signed.slice(0, dot);
  const expected = createHmac("sha256", secret).update(token).digest();
  const given = Buffer.from(signed.slice(dot + 1), "base64");
  return given.length === expected.length && timingSafeEqual(given, expected) ? token : undefined;
}

/** The first cookie of that name (RFC 6265 §4.2). */
function cookieValue(header: string, name: string): string | undefined {
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
