// Owns the HTTP of the test issuer: one document on loopback, with the headers Keyturn's server puts on it, and its
// outages. What is in the document is testing-ring.ts's matter.
import { createHash } from "node:crypto";
import { createServer, type Server } from "node:http";

interface TestEndpoint {
  readonly url: string;
  readonly jwksUri: string;
  fetches(): number;
  /** Answers 503 until then; milliseconds since the epoch. */
  failUntil(time: number): void;
  close(): Promise<void>;
}

const PATH = "/.well-known/jwks.json";

export async function startTestEndpoint(document: () => string, maxAge: number): Promise<TestEndpoint> {
  let fetches = 0;
  let failsUntil = 0;

  const server = createServer((request, response) => {
    if (request.url !== PATH) return void response.writeHead(404).end();
    fetches++;
    if (Date.now() < failsUntil) return void response.writeHead(503).end();
    const body = document();
    const etag = `"${createHash("sha256").update(body).digest("base64url")}"`;
    const headers = {
      "Content-Type": "application/json",
      "Cache-Control": `public, max-age=${maxAge}, stale-while-revalidate=${maxAge}, stale-if-error=86400`,
      ETag: etag,
      "Access-Control-Allow-Origin": "*",
      "X-Content-Type-Options": "nosniff",
    };
    if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(body);
  });
  server.on("connection", (socket) => socket.unref());
  const url = `http://127.0.0.1:${await listen(server)}`;
  server.unref();

  return {
    url,
    jwksUri: `${url}${PATH}`,
    fetches: () => fetches,
    failUntil(time) {
      failsUntil = time;
    },
    async close() {
      if (!server.listening) return;
      const closed = new Promise((resolve) => server.once("close", resolve));
      server.close();
      // A connection kept alive would hold it open.
      server.closeAllConnections();
      await closed;
    },
  };
}

/** On any free port. */
function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (typeof address === "object" && address !== null) resolve(address.port);
      else reject(new Error("expected a TCP address"));
    });
  });
}
