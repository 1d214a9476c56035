/** An administrator with curl: requests to `/admin` in one line. */
import { asBearer, type Person, signUp } from "./people.ts";
import { startTestServer, type TestServer, type TestServerOptions } from "./server.ts";

const ADMIN_EMAIL = "admin@example.com";

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** As `Response.json` gives it; `null` where there is none. */
  readonly body: Awaited<ReturnType<Response["json"]>>;
}

type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;

export interface AdministeredServer extends TestServer {
  readonly admin: Person;
  /** As the administrator. */
  readonly send: Send;
  /** As somebody else. */
  as(bearer: string): Send;
}

export async function startAdministered(options: TestServerOptions = {}): Promise<AdministeredServer> {
  const server = await startTestServer({ ...options, env: { ADMIN_EMAIL, ...options.env } });
  const admin = await signUp(server.url, { email: ADMIN_EMAIL });
  const as =
    (bearer: string): Send =>
    async (method, path, body) => {
      const response = await fetch(`${server.url}/admin/${path}`, {
        method,
        headers: { ...asBearer(bearer).headers, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get("content-type")?.includes("json") === true;
      return {
        status: response.status,
        headers: response.headers,
        body: isJson && text !== "" ? JSON.parse(text) : null,
      };
    };
  return { ...server, admin, send: as(admin.bearer), as };
}
