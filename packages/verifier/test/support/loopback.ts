// A real HTTP server on a free port of loopback, closed with all its connections when it goes out of scope.
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";

export interface Running extends AsyncDisposable {
  readonly url: string;
}

export async function listen(listener: RequestListener | Server): Promise<Running> {
  const server = typeof listener === "function" ? createServer(listener) : listener;
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}
