/** A running server: services, the app, a listening socket, and an orderly end. Used by `serve.ts` and tests. */
import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { createApp } from "./app.ts";
import { StartupError } from "./errors.ts";
import { createServices, type Services, type ServicesOptions } from "./services.ts";

export interface RunningServer {
  readonly services: Services;
  /** Where it really listens; the port may have been chosen by the system (`PORT=0`). */
  readonly url: string;
  /** Takes no new connections, lets requests under way finish, then stops everything else. */
  close(): Promise<void>;
}

/** Requests under way get this long before their connections are cut. */
const DRAIN_MS = 5_000;

export async function startServer(options: ServicesOptions): Promise<RunningServer> {
  const services = await createServices(options);
  try {
    const { server, port } = await listen(services);
    return {
      services,
      url: `http://${urlHost(options.config.HOST)}:${port}`,
      async close() {
        await drain(server);
        await services.close();
      },
    };
  } catch (error) {
    await services.close();
    throw error;
  }
}

function listen(services: Services): Promise<{ server: Server; port: number }> {
  const { HOST, PORT } = services.config;
  const server = createServer(getRequestListener(createApp(services).fetch));
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(explain(error, HOST, PORT)));
    server.listen(PORT, HOST, () => {
      const address = server.address();
      resolve({ server, port: typeof address === "object" && address !== null ? address.port : PORT });
    });
  });
}

function explain(error: Error, host: string, port: number): Error {
  switch ("code" in error ? error.code : undefined) {
    case "EADDRINUSE":
      return new StartupError(
        `port ${port} on ${host} is in use by another program`,
        `stop that program, or choose another port: PORT=${port + 1} npm start`,
      );
    case "EACCES":
      return new StartupError(
        `port ${port} may not be used by this user`,
        "choose a port above 1023: PORT=3000 npm start",
      );
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StartupError(
        `HOST=${host} is not an address of this machine`,
        "use 127.0.0.1, or 0.0.0.0 for all",
      );
    default:
      return error;
  }
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
  await closed;
  clearTimeout(cut);
}

const urlHost = (host: string): string =>
  host.includes(":") ? `[${host}]` : host === "0.0.0.0" ? "127.0.0.1" : host;
