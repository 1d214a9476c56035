/**
 * What stands before replicas in operation: passes each request to the next one that answers. A GET that breaks off is
 * asked of another, as load balancers do; nobody is asked twice for anything else.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Front extends AsyncDisposable {
  readonly url: string;
  /** The replicas that are up, by URL. */
  readonly replicas: Set<string>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

const PATIENCE_MS = 5_000;

export async function openFront(): Promise<Front> {
  const replicas = new Set<string>();
  const agent = new Agent({ keepAlive: true });
  let turn = 0;

  const pass = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const body = await read(incoming);
    const first = turn++;
    const candidates = [...replicas];
    for (let attempt = 0; attempt < candidates.length; attempt++) {
      const replica = candidates[(first + attempt) % candidates.length];
      if (replica === undefined) break;
      try {
        const answer = await ask(agent, replica, incoming, body);
        outgoing.writeHead(answer.status, answer.headers).end(answer.body);
        return;
      } catch {
        if (incoming.method !== "GET") break;
      }
    }
    outgoing.writeHead(502).end();
  };
  const server = createServer((incoming, outgoing) => {
    pass(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const { port } = await new Promise<AddressInfo>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("expected a TCP address"));
      else resolve(address);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    replicas,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function ask(
  agent: Agent,
  replica: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${replica}${url ?? "/"}`,
      { method, headers, agent, timeout: PATIENCE_MS },
      (incoming) => {
        read(incoming).then(
          (answer) =>
            resolve({ status: incoming.statusCode ?? 502, headers: incoming.headers, body: answer }),
          reject,
        );
      },
    );
    outgoing.once("timeout", () => outgoing.destroy(new Error("no answer in time")));
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

async function read(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}
