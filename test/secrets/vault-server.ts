/**
 * A Vault for tests, as its HTTP API is documented: KV version 2 with versions and deletions, tokens with policies,
 * AppRole and Kubernetes logins, namespaces, sealing. On loopback, with nothing behind it.
 */
import { randomUUID } from "node:crypto";
import { createServer as createHttp, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";

type Fields = Readonly<Record<string, unknown>>;

interface Token {
  readonly policy: RegExp;
  readonly isRenewable: boolean;
}

interface Answer {
  readonly status: number;
  readonly body?: object;
}

interface VaultRequest {
  readonly method: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly namespace: string | undefined;
}

export interface VaultServerOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  /** Secrets and tokens exist in this namespace only. */
  readonly namespace?: string;
}

export interface VaultServer extends AsyncDisposable {
  readonly url: string;
  readonly requests: VaultRequest[];
  /** A token that may read what `policy` matches: `kv/data/keyturn`. */
  newToken(policy?: RegExp, isRenewable?: boolean): string;
  isValid(token: string): boolean;
  /** `place` is `kv/keyturn`. A new version each time. */
  put(place: string, fields: Fields): void;
  delete(place: string, version: number): void;
  allowAppRole(mount: string, roleId: string, secretId: string): void;
  allowKubernetes(mount: string, role: string, jwt: string): void;
  /** 503 for so many requests, or until it is unsealed by `seal(0)`. */
  seal(requests: number): void;
  /** Takes requests and never answers. */
  hang(): void;
}

export async function startVaultServer({ tls, namespace }: VaultServerOptions = {}): Promise<VaultServer> {
  const secrets = new Map<string, (Fields | null)[]>();
  const tokens = new Map<string, Token>();
  const logins = new Map<string, (body: Fields) => boolean>();
  const requests: VaultRequest[] = [];
  let sealedFor = 0;
  let isHanging = false;

  const newToken = (policy = /^/, isRenewable = true): string => {
    const token = `hvs.${randomUUID()}`;
    tokens.set(token, { policy, isRenewable });
    return token;
  };

  function answer({ method, path, token, namespace: asked }: VaultRequest, body: Fields): Answer {
    const errors = (status: number, ...messages: string[]): Answer => ({
      status,
      body: { errors: messages },
    });
    if (sealedFor > 0) {
      sealedFor--;
      return errors(503, "Vault is sealed");
    }
    const { pathname, searchParams } = new URL(path, "http://vault");
    const route = decodeURIComponent(pathname.replace(/^\/v1\//, ""));
    if (asked !== namespace)
      return route.startsWith("auth/") ? errors(404) : errors(403, "permission denied");
    const login = method === "POST" ? logins.get(route) : undefined;
    if (login !== undefined) {
      if (!login(body)) return errors(route.includes("approle") ? 400 : 403, "invalid role or secret ID");
      const auth = { client_token: newToken(), lease_duration: 3600, renewable: true, token_type: "service" };
      return { status: 200, body: { auth } };
    }
    const known = token === undefined ? undefined : tokens.get(token);
    if (token === undefined || known === undefined) return errors(403, "permission denied", "invalid token");
    if (method === "GET" && route === "auth/token/lookup-self")
      return { status: 200, body: { data: { ttl: 3600, renewable: known.isRenewable } } };
    if (method === "POST" && route === "auth/token/renew-self")
      return known.isRenewable ? { status: 200, body: { auth: {} } } : errors(400, "lease is not renewable");
    if (method === "POST" && route === "auth/token/revoke-self") {
      tokens.delete(token);
      return { status: 204 };
    }
    if (method !== "GET" || !known.policy.test(route)) return errors(403, "permission denied");
    return read(route, Number(searchParams.get("version") ?? 0)) ?? errors(404);
  }

  function read(route: string, asked: number): Answer | undefined {
    const versions = secrets.get(route.replace("/data/", "/"));
    const version = asked === 0 ? (versions?.length ?? 0) : asked;
    const data = versions?.[version - 1];
    if (data === undefined) return undefined;
    const deletionTime = data === null ? "2026-11-01T00:00:00.000000000Z" : "";
    const metadata = { version, deletion_time: deletionTime, destroyed: false };
    return { status: data === null ? 404 : 200, body: { data: { data, metadata } } };
  }

  const listener = async (
    incoming: IncomingMessage,
    outgoing: { writeHead(status: number): { end(text?: string): void } },
  ) => {
    const request: VaultRequest = {
      method: incoming.method ?? "",
      path: incoming.url ?? "",
      token: headerOf(incoming, "x-vault-token"),
      namespace: headerOf(incoming, "x-vault-namespace"),
    };
    requests.push(request);
    const text = (await incoming.setEncoding("utf8").toArray()).join("");
    if (isHanging) return;
    const { status, body } = answer(request, text === "" ? {} : JSON.parse(text));
    outgoing.writeHead(status).end(body === undefined ? undefined : JSON.stringify(body));
  };
  const server = tls === undefined ? createHttp(listener) : createHttps(tls, listener);
  const listening = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", listening.resolve);
  await listening.promise;
  const address = server.address();
  if (address === null || typeof address === "string")
    throw new Error("the Vault of the test does not listen");

  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${address.port}`,
    requests,
    newToken,
    isValid: (token) => tokens.has(token),
    put: (place, fields) => void secrets.set(place, [...(secrets.get(place) ?? []), fields]),
    delete(place, version) {
      secrets.set(place, secrets.get(place)?.with(version - 1, null) ?? []);
    },
    allowAppRole: (mount, roleId, secretId) =>
      void logins.set(
        `auth/${mount}/login`,
        (body) => body["role_id"] === roleId && body["secret_id"] === secretId,
      ),
    allowKubernetes: (mount, role, jwt) =>
      void logins.set(`auth/${mount}/login`, (body) => body["role"] === role && body["jwt"] === jwt),
    seal: (count) => void (sealedFor = count),
    hang: () => void (isHanging = true),
    async [Symbol.asyncDispose]() {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};
