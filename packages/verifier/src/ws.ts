// Owns who may open a WebSocket: where a handshake carries its token, how it is refused in plain HTTP, how many sockets
// a user may have. What becomes of a socket is ws-session.ts's matter. Imports nothing of the `ws` package.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import * as admit from "./admit.ts";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { requireAuth, toRefusal } from "./guards.ts";
import type { Verifier } from "./verifier.ts";
import { createSeats, refuse, TOO_MANY, takeAuthorization } from "./ws-handshake.ts";
import { holdSession, type Socket } from "./ws-session.ts";

export { type Guard, requirePermission, requireRole, requireScope } from "./admit.ts";
export type { Socket } from "./ws-session.ts";

/**
 * What is needed of a `WebSocketServer` of the `ws` package, made with `noServer: true`.
 *
 * @example
 * const sockets: SocketServer<WebSocket> = new WebSocketServer({ noServer: true });
 */
export interface SocketServer<S extends Socket> {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, opened: (socket: S) => void): void;
  emit(event: string, ...details: unknown[]): boolean;
}

/**
 * Beyond a good token.
 *
 * @example
 * const options: SocketOptions = { guards: [requireScope("feeds")], perUser: 4 };
 */
export interface SocketOptions {
  /** Asked at the handshake, and again of a renewed token. */
  readonly guards?: readonly admit.Guard<IncomingMessage>[];
  /**
   * Sockets one user may have open at a time in this process; one more is refused with 429.
   * @defaultValue 32
   */
  readonly perUser?: number;
  /**
   * Milliseconds between two pings; who has not answered one when the next is due is cut off.
   * @defaultValue 30000
   */
  readonly heartbeat?: number;
}

/**
 * The door of a `WebSocketServer`.
 *
 * @example
 * const door: SocketDoor<WebSocket> = bearer(verifier, sockets);
 */
export interface SocketDoor<S extends Socket, Custom extends object = object> {
  /** The listener for the HTTP server's `upgrade`. @example server.on("upgrade", door.upgrade); */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
  /** Who is at the other end, by the newest token. @example const { userId } = door.authOf(socket); */
  authOf(socket: S): Auth<Custom>;
}

/**
 * Opens sockets only for a good token, from `Authorization: Bearer` or, for browsers, from the subprotocols:
 * `new WebSocket(url, ["bearer", token])`. Never from the URL, which ends up in logs.
 *
 * A socket is closed with 1008 and a `VerifierErrorCode` as its reason when its token expires. Before that the client
 * may send `{"type":"auth","token":"…"}`, another token of the same user. The answer is
 * `{"type":"auth","expiresAt":"…"}`, or `{"type":"auth","code":"keys_unavailable"}` when it is to try again; a token
 * that is refused closes the socket as well. No listener sees these messages.
 *
 * @example
 * const sockets = new WebSocketServer({ noServer: true });
 * const door = bearer(verifier, sockets, { guards: [requireUser("user_id", "/feeds/:user_id")] });
 * server.on("upgrade", door.upgrade);
 * sockets.on("connection", (socket) => socket.send(`Hello ${door.authOf(socket).userId}`));
 *
 * @throws TypeError when the options cannot be meant.
 */
export function bearer<S extends Socket, Custom extends object = object>(
  verifier: Pick<Verifier<Custom>, "verify">,
  sockets: SocketServer<S>,
  { guards = [], perUser = 32, heartbeat = 30_000 }: SocketOptions = {},
): SocketDoor<S, Custom> {
  if (!(perUser >= 1)) throw new TypeError(`perUser: expected at least 1, got ${perUser}`);
  // A longer timer would go off at once, and cut everybody off.
  if (!(heartbeat >= 1 && heartbeat < 2 ** 31))
    throw new TypeError(`heartbeat: expected ms, got ${heartbeat}`);
  const holders = new WeakMap<S, () => Auth<Custom>>();
  const seats = createSeats(perUser);

  async function upgrade(request: IncomingMessage, raw: Duplex, head: Buffer): Promise<void> {
    // Nobody else listens yet, and a client that has gone is no error.
    raw.on("error", () => {});
    let auth: Auth<Custom>;
    try {
      auth = await admit.admit(verifier, takeAuthorization(request.headers), guards, request);
    } catch (error) {
      if (error instanceof VerifierError) return refuse(raw, toRefusal(error));
      refuse(raw, { status: 500, headers: {}, body: "" });
      return void sockets.emit("error", error);
    }
    const user = userOf(auth);
    if (raw.destroyed) return;
    if (!seats.take(user, raw)) return refuse(raw, TOO_MANY);
    sockets.handleUpgrade(request, raw, head, (socket) => {
      async function renew(token: string): Promise<Auth<Custom>> {
        const renewed = await admit.admit(verifier, `Bearer ${token}`, guards, request);
        if (userOf(renewed) === user) return renewed;
        throw new VerifierError("user_mismatch", "the new token is another user's");
      }
      holders.set(socket, holdSession({ socket, auth, heartbeat, renew }));
      sockets.emit("connection", socket, request);
    });
  }

  return { upgrade, authOf: (socket) => requireAuth(holders.get(socket)?.()) };
}

/** 403 unless the path names the token's `sub`. @example requireUser("user_id", "/feeds/:user_id") */
export const requireUser = (param: string, path: string): admit.Guard<IncomingMessage> =>
  admit.requireUser(param, path);

/** Two issuers may give the same `sub` to different people. */
const userOf = ({ userId, claims }: Auth): string => JSON.stringify([claims.iss, userId]);
