// Owns the life of one WebSocket after its handshake: it ends with the token it was opened with unless that is renewed
// in-band, and when its peer no longer answers pings. Who may open one is ws.ts's matter.
import type { EventEmitter } from "node:events";
import type { Auth } from "./auth.ts";
import { VerifierError } from "./errors.ts";
import { whenExpired } from "./expiry.ts";
import { interceptTokens } from "./ws-renewal.ts";

/** What is needed of a `WebSocket` of the `ws` package. @example const leave = (socket: Socket) => socket.close(1001, ""); */
export interface Socket extends EventEmitter {
  ping(): void;
  terminate(): void;
  close(code: number, reason: string): void;
  send(text: string): void;
}

export interface SessionParts<Custom extends object> {
  readonly socket: Socket;
  readonly auth: Auth<Custom>;
  /** Milliseconds between two pings. */
  readonly heartbeat: number;
  /** Who sends this token; rejects with a VerifierError unless it is good for this socket. */
  renew(token: string): Promise<Auth<Custom>>;
}

// RFC 6455 §7.4.1.
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** Looks after a socket that has just been opened. What it returns says who is at the other end. */
export function holdSession<Custom extends object>(parts: SessionParts<Custom>): () => Auth<Custom> {
  const { socket, heartbeat, renew } = parts;
  const expire = (): void => end(POLICY_VIOLATION, "token_expired");
  let auth = parts.auth;
  let callOff = whenExpired(auth, expire);
  let isOver = false;
  let isAlive = true;
  let renewals = 0;

  function end(code: number, reason: string): void {
    isOver = true;
    socket.close(code, reason);
  }

  async function receive(token: string): Promise<void> {
    const turn = ++renewals;
    // Of several the last one sent counts, in whatever order they are verified.
    const isStale = (): boolean => isOver || turn !== renewals;
    try {
      const renewed = await renew(token);
      if (isStale()) return;
      auth = renewed;
      callOff();
      callOff = whenExpired(auth, expire);
      socket.send(JSON.stringify({ type: "auth", expiresAt: auth.expiresAt }));
    } catch (error) {
      if (!isStale()) refuse(error);
    }
  }

  function refuse(error: unknown): void {
    if (!(error instanceof VerifierError)) {
      end(INTERNAL_ERROR, "");
      socket.emit("error", error);
    } else if (error.status === 503) {
      // Nothing is wrong with the new token, and the old one is still good: the client may try again.
      socket.send(JSON.stringify({ type: "auth", code: error.code }));
    } else end(POLICY_VIOLATION, error.code);
  }

  const beat = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, heartbeat);
  beat.unref();
  socket.on("pong", () => {
    isAlive = true;
  });
  socket.once("close", () => {
    isOver = true;
    clearInterval(beat);
    callOff();
  });
  interceptTokens(socket, { isOver: () => isOver, receive: (token) => void receive(token) });

  return () => auth;
}
