/** A key set over HTTP, as a Keyturn with default settings serves it. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { Key } from "./key.ts";

export interface Issuer {
  readonly url: string;
  readonly jwksUri: string;
  publish(...keys: readonly Key[]): void;
  /** How often the set was asked for. */
  fetches(): number;
  close(): void;
}

const PATH = "/.well-known/jwks.json";
const CACHE_CONTROL = "public, max-age=300, stale-while-revalidate=300, stale-if-error=86400";

export async function startIssuer(): Promise<Issuer> {
  let body = "";
  let headers: Record<string, string> = {};
  let fetches = 0;

  const server = createServer((request, response) => {
    fetches++;
    if (request.url !== PATH) response.writeHead(404).end();
    else if (request.headers["if-none-match"] === headers["ETag"]) response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(body);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  const url = `http://127.0.0.1:${address.port}`;

  return {
    url,
    jwksUri: `${url}${PATH}`,
    publish(...keys) {
      body = JSON.stringify({ keys: keys.map(({ jwk }) => jwk) });
      headers = {
        "Content-Type": "application/json",
        "Cache-Control": CACHE_CONTROL,
        ETag: `"${createHash("sha256").update(body).digest("base64url")}"`,
        // Unlike a Keyturn's: an idle connection would look like an answer under way, see `clock.ts`.
        Connection: "close",
      };
    },
    fetches: () => fetches,
    close: () => server.close(),
  };
}
