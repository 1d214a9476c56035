/** An API that checks bearer tokens with jose, as those of other people do, and counts what reaches it. */
import { createServer, type IncomingHttpHeaders } from "node:http";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";

export interface ResourceServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders }[];
  /** How often it has fetched the JWKS. */
  fetches(): number;
}

/** `/me` verifies. Any other path is a status it answers without a look at the token: `/500`. */
export async function startResourceServer(issuer: string): Promise<ResourceServer> {
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let fetches = 0;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), {
    cooldownDuration: 0,
    [customFetch]: (url, options) => {
      fetches += 1;
      return fetch(url, options);
    },
  });
  const verify = async ({ authorization = "" }: IncomingHttpHeaders): Promise<number> => {
    try {
      await jwtVerify(authorization.replace(/^Bearer /, ""), keys, { issuer, audience: issuer });
      return 200;
    } catch {
      return 401;
    }
  };
  const server = createServer(async ({ url: path = "/", headers }, response) => {
    requests.push({ path, headers });
    const status = path === "/me" ? await verify(headers) : Number(path.slice(1));
    const challenge = status === 401 ? { "www-authenticate": 'Bearer error="invalid_token"' } : {};
    response.writeHead(status, { ...challenge, ...(status === 302 && { location: "/me" }) }).end("answer");
  });
  const listening = Promise.withResolvers<void>();
  server.listen(0, "localhost", listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the resource server does not listen");
  return {
    url: `http://localhost:${address.port}`,
    requests,
    fetches: () => fetches,
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}
