/** `/.well-known/jwks.json` (RFC 7517 §5, RFC 8615): prepared bytes, served with the database down as well. */
import type { AppContext } from "./context.ts";

/** Numbers are milliseconds. */
export interface JwksParts {
  jwks(): { readonly body: string; readonly etag: string };
  /** How long a cache may keep it … */
  readonly maxAge: number;
  /** … and how long it may still serve it while it fetches the next. */
  readonly staleWhileRevalidate: number;
}

/** For a day after an outage begins, a cache may go on with what it has: keys announced today sign tomorrow. */
const STALE_IF_ERROR_SECONDS = 86_400;

export function createJwksHandler({
  jwks,
  maxAge,
  staleWhileRevalidate,
}: JwksParts): (c: AppContext) => Response {
  const seconds = Math.floor(maxAge / 1000);
  const cacheControl = `public, max-age=${seconds}, stale-while-revalidate=${Math.floor(staleWhileRevalidate / 1000)}, stale-if-error=${STALE_IF_ERROR_SECONDS}`;
  let etag = "";
  let headers: Record<string, string> = {};

  return (c) => {
    const document = jwks();
    if (document.etag !== etag) {
      etag = document.etag;
      headers = {
        "Content-Type": "application/json",
        "Cache-Control": cacheControl,
        ETag: etag,
        "Access-Control-Allow-Origin": "*",
        "X-Content-Type-Options": "nosniff",
      };
    }
    if (matches(ifNoneMatch(c), etag)) return new Response(null, { status: 304, headers });
    return new Response(document.body, { headers });
  };
}

/** From the list as it came in: parsing all headers for the sake of this one costs more than the rest of the handler. */
function ifNoneMatch(c: AppContext): string | undefined {
  const { rawHeaders } = c.env.incoming;
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && /^if-none-match$/i.test(name));
  return at === -1 ? undefined : rawHeaders[at + 1];
}

/** RFC 9110 §13.1.2: weak comparison, a list, or `*`. */
const matches = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch !== undefined &&
  ifNoneMatch.split(",").some((tag) => tag.trim() === "*" || tag.trim().replace(/^W\//, "") === etag);
