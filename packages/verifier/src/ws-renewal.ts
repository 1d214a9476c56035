// Owns which messages of a WebSocket are not the application's: those with a new token, and those that come too late.
// Does not decide whether the token is good.
import type { EventEmitter } from "node:events";

/** Where messages go that no listener is to see. */
export interface Renewal {
  /** Nothing is to be received any more, though the peer has yet to close. */
  isOver(): boolean;
  /** The token of `{"type":"auth","token":"…"}`; of one without a token, the empty string. */
  receive(token: string): void;
}

/**
 * Stands between the socket and its listeners. One of them may send on whatever it receives to others, so a message
 * with a token must not reach any.
 */
export function interceptTokens(socket: EventEmitter, { isOver, receive }: Renewal): void {
  const emit = socket.emit.bind(socket);
  socket.emit = (event: string | symbol, ...details: unknown[]) => {
    if (event !== "message") return emit(event, ...details);
    if (isOver()) return false;
    const [data, isBinary] = details;
    const token = isBinary === false && Buffer.isBuffer(data) ? tokenIn(data) : undefined;
    if (token === undefined) return emit(event, ...details);
    receive(token);
    return true;
  };
}

function tokenIn(data: Buffer): string | undefined {
  // Spares all other messages the parser.
  if (!data.includes('"auth"')) return undefined;
  try {
    const message: unknown = JSON.parse(data.toString());
    if (typeof message !== "object" || message === null) return undefined;
    if (!("type" in message) || message.type !== "auth") return undefined;
    return "token" in message && typeof message.token === "string" ? message.token : "";
  } catch {
    return undefined;
  }
}
