// Owns what the suite is given: the tables of attacks, of what is no attack, and of key sets, a genuine token of each
// algorithm, and a live issuer that is told what to do by the runtime under test.
import { once } from "node:events";
import { createServer } from "node:http";
import { good } from "../support/attack-row.ts";
import { accepted, attacks, jwks } from "../support/attack-table.ts";
import { AUDIENCE, ISSUER } from "../support/forge.ts";
import { makeKey, type SigningKey, secondsFromNow, signToken } from "../support/issuer.ts";
import { keySets } from "../support/key-set-table.ts";

const ALGORITHMS = ["EdDSA", "RS256", "RS512", "PS256", "PS384", "ES256", "ES384", "ES512"] as const;
const FLOOD = 200;

export interface LiveIssuer extends AsyncDisposable {
  readonly url: string;
}

/** Without the live issuer, which each run has to itself. */
export async function prepareInput() {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "user_1",
    iat: secondsFromNow(0),
    exp: secondsFromNow(3600),
  };
  const genuine = await Promise.all(
    ALGORITHMS.map(async (alg) => {
      const key = await makeKey(alg, alg);
      const token = await signToken(key, claims);
      const [header, , signature] = token.split(".");
      const payload = Buffer.from(JSON.stringify({ ...claims, sub: "user_2" })).toString("base64url");
      return { alg, jwk: key.jwk, token, tampered: `${header}.${payload}.${signature}` };
    }),
  );
  return { issuer: ISSUER, audience: AUDIENCE, jwks, good, attacks, accepted, keySets, genuine };
}

export async function startLiveIssuer(): Promise<LiveIssuer> {
  let keys: SigningKey[] = [await makeKey()];
  let fetches = 0;
  let isAway = false;
  const newest = (): SigningKey => {
    const key = keys.at(-1);
    if (key === undefined) throw new Error("there are no keys");
    return key;
  };
  const tokenOf = (key: SigningKey, kid = key.kid): Promise<string> =>
    signToken(
      key,
      { iss: url, aud: AUDIENCE, sub: "user_1", iat: secondsFromNow(0), exp: secondsFromNow(600) },
      { kid },
    );
  const obey: Record<string, () => Promise<object> | object> = {
    start: async () => ({ token: await tokenOf(newest()) }),
    async rotate() {
      keys.push(await makeKey());
      return { token: await tokenOf(newest()) };
    },
    flood: async () => ({
      unknown: await Promise.all(
        Array.from({ length: FLOOD }, (_, number) => tokenOf(newest(), `unknown-${number}`)),
      ),
    }),
    count: () => ({ fetches }),
    revoke() {
      keys = keys.slice(1);
      return {};
    },
    outage() {
      isAway = true;
      return {};
    },
  };
  const server = createServer((request, response) => {
    const order = /^\/control\/(\w+)$/.exec(request.url ?? "")?.[1];
    if (order !== undefined) {
      void Promise.resolve(obey[order]?.()).then((answer) => response.end(JSON.stringify(answer)));
      return;
    }
    fetches++;
    if (isAway) return void response.destroy();
    response.writeHead(200, { "content-type": "application/json", "cache-control": "public, max-age=1" });
    response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  const url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
