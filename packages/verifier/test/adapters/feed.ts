// A WebSocket server behind the adapter, with the `ws` package at both ends, that remembers what it hears; and what a
// client does to open a socket or to be refused.
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { type Auth, createVerifier } from "@keyturn/verifier";
import { bearer, type SocketOptions } from "@keyturn/verifier/ws";
import { type ServerOptions, WebSocket, WebSocketServer } from "ws";
import { AUDIENCE, ISSUER, JWK } from "../support/forge.ts";
import { listen, type Running } from "../support/loopback.ts";

export const verifier = createVerifier<{ plan?: string }>({
  issuer: ISSUER,
  audience: AUDIENCE,
  jwks: { keys: [JWK] },
});
export type Verifies = Pick<typeof verifier, "verify">;

export interface Feed extends Running {
  /** What the application's listener was given. */
  readonly heard: string[];
  readonly opened: { readonly socket: WebSocket; readonly request: IncomingMessage }[];
  readonly errors: unknown[];
  authAt(index: number): Auth<{ plan?: string }>;
}

/** A server that remembers what it hears and says nothing. */
export async function startFeed(
  options: SocketOptions = {},
  verifies: Verifies = verifier,
  more: ServerOptions = {},
): Promise<Feed> {
  const sockets = new WebSocketServer({ noServer: true, ...more });
  const door = bearer(verifies, sockets, options);
  const server = createServer((_request, response) => response.end());
  server.on("upgrade", door.upgrade);
  const feed: Omit<Feed, keyof Running> = {
    heard: [],
    opened: [],
    errors: [],
    authAt: (index) => {
      const opened = feed.opened[index];
      if (opened === undefined) throw new Error("expected the socket to have been opened");
      return door.authOf(opened.socket);
    },
  };
  sockets.on("error", (error) => feed.errors.push(error));
  sockets.on("connection", (socket, request) => {
    feed.opened.push({ socket, request });
    socket.on("message", (data: Buffer) => feed.heard.push(data.toString()));
    socket.on("error", (error) => feed.errors.push(error));
  });
  const { url, [Symbol.asyncDispose]: close } = await listen(server);
  return {
    ...feed,
    url: url.replace("http", "ws"),
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate();
      await close();
    },
  };
}

export const headersFor = (token: string): object => ({ headers: { authorization: `Bearer ${token}` } });

export async function open(feed: Feed, token: string, path = "/", options: object = {}): Promise<WebSocket> {
  const socket = new WebSocket(feed.url + path, { ...headersFor(token), ...options });
  await once(socket, "open");
  return socket;
}

/** A handshake in bytes, for a client that behaves as no library would. */
export const handshake = (...headers: string[]): string =>
  [
    "GET / HTTP/1.1",
    "host: localhost",
    "connection: Upgrade",
    "upgrade: websocket",
    "sec-websocket-version: 13",
    ...headers,
    ...(headers.some((one) => one.startsWith("sec-websocket-key"))
      ? []
      : ["sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]),
    "\r\n",
  ].join("\r\n");

export interface Refused {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** The HTTP answer to a handshake. */
export async function refusedAs(socket: WebSocket): Promise<Refused> {
  const [request, response] = await new Promise<[{ destroy(): void }, IncomingMessage]>((resolve, reject) => {
    socket.on("unexpected-response", (...both) => resolve(both));
    socket.on("open", () => reject(new Error("expected a refusal")));
    socket.on("error", reject);
  });
  let body = "";
  for await (const chunk of response) body += String(chunk);
  request.destroy();
  return { status: response.statusCode, headers: response.headers, body };
}
