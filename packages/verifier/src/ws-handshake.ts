// Owns what a WebSocket's handshake has to do with HTTP: where the token is in it, how it is refused on the bare
// connection, and how many connections a user holds. Does not verify and does not know the `ws` package.
import { type IncomingHttpHeaders, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";

/**
 * The value of `Authorization`, or what it would be if the token is in the subprotocols: `bearer, <token>`. That one is
 * taken out of them, so that it is neither chosen as the protocol, and sent back (RFC 6455 §4.2.2), nor logged.
 */
export function takeAuthorization(headers: IncomingHttpHeaders): string | undefined {
  const offered = headers["sec-websocket-protocol"]?.split(",").map((one) => one.trim()) ?? [];
  const at = offered.indexOf("bearer") + 1;
  const token = at === 0 ? undefined : offered[at];
  if (token === undefined) return headers.authorization;
  headers["sec-websocket-protocol"] = offered.filter((_, i) => i !== at).join(", ");
  return headers.authorization ?? `Bearer ${token}`;
}

/** An answer in HTTP, where the HTTP server has let go of the connection. */
export interface HandshakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** RFC 6585 §4: nothing is wrong with the token, there are too many of its user. */
export const TOO_MANY: HandshakeAnswer = {
  status: 429,
  headers: { "content-type": "application/problem+json", "cache-control": "no-store" },
  body: JSON.stringify({
    type: "about:blank",
    title: "Too Many Requests",
    status: 429,
    detail: "The user has too many open connections.",
  }),
};

export function refuse(raw: Duplex, { status, headers, body }: HandshakeAnswer): void {
  const fields = { ...headers, connection: "close", "content-length": String(Buffer.byteLength(body)) };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`);
  raw.once("finish", () => raw.destroy());
  raw.end([`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, "", body].join("\r\n"));
}

export interface Seats {
  /** Takes a seat for as long as the connection is open, even if it never becomes a WebSocket; none left is `false`. */
  take(user: string, raw: Duplex): boolean;
}

export function createSeats(perUser: number): Seats {
  const taken = new Map<string, number>();
  return {
    take(user, raw) {
      const count = taken.get(user) ?? 0;
      if (count >= perUser) return false;
      taken.set(user, count + 1);
      raw.once("close", () => {
        const left = (taken.get(user) ?? 1) - 1;
        if (left === 0) taken.delete(user);
        else taken.set(user, left);
      });
      return true;
    },
  };
}
