// A real issuer on loopback: an HTTP server with a JWK Set, keys to sign with, and the weather made to order.
// Tokens are made by jose; what jose refuses to make is made by hand in forge.ts.
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";

export const AUDIENCE = "https://api.example.com";

export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
}

export async function makeKey(alg = "EdDSA", kid: string = crypto.randomUUID()): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: "sig" } };
}

export const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;

export async function signToken(key: SigningKey, claims: JWTPayload, header: object = {}): Promise<string> {
  const jwt = new SignJWT(claims);
  return jwt
    .setProtectedHeader({ alg: key.alg, typ: "at+jwt", kid: key.kid, ...header })
    .sign(key.privateKey);
}

type Answer = (response: ServerResponse, etag: string | undefined) => void;

export interface Issuer extends AsyncDisposable {
  readonly url: string;
  readonly key: SigningKey;
  /** What the JWK Set holds; change it at will. */
  published: Record<string, unknown>[];
  /** How often the set was asked for. */
  fetches: number;
  headers: Record<string, string>;
  /** Instead of the set; `undefined` to answer again. */
  instead: Answer | undefined;
  readonly seenEtags: (string | undefined)[];
  token(claims?: JWTPayload, key?: SigningKey): Promise<string>;
}

export async function startIssuer(alg = "EdDSA"): Promise<Issuer> {
  const key = await makeKey(alg);
  const server = createServer((request, response) => {
    issuer.fetches++;
    const etag = request.headers["if-none-match"];
    issuer.seenEtags.push(etag);
    if (issuer.instead !== undefined) return issuer.instead(response, etag);
    if (request.url !== "/.well-known/jwks.json") return void response.writeHead(404).end();
    response.writeHead(200, { "content-type": "application/jwk-set+json", ...issuer.headers });
    response.end(JSON.stringify({ keys: issuer.published }));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  const url = `http://127.0.0.1:${address.port}`;
  const issuer: Issuer = {
    url,
    key,
    published: [key.jwk],
    fetches: 0,
    headers: { "cache-control": "public, max-age=300" },
    instead: undefined,
    seenEtags: [],
    token: async (claims = {}, signer = key) =>
      signToken(signer, {
        iss: url,
        aud: AUDIENCE,
        sub: "user_1",
        iat: secondsFromNow(0),
        exp: secondsFromNow(300),
        ...claims,
      }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return issuer;
}

/** Waits in real time, whatever the clock has been told. */
export async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error("expected the condition to come true within 5 s");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
