/** Another OpenID Connect provider on loopback, where everybody who comes is signed in as whom the test says. */
import { once } from "node:events";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

interface Elsewhere {
  readonly sub: string;
  readonly email: string;
  readonly emailVerified: boolean;
}

export interface OtherProvider extends AsyncDisposable {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Who signs in there next. */
  person: Elsewhere;
}

/** `redirectUri`: where Keyturn takes the answer. 0 is a port that is free. */
export async function startOtherProvider(redirectUri: string, port = 0): Promise<OtherProvider> {
  const server = createServer();
  await once(server.listen(port, "localhost"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("expected a TCP address");
  const issuer = `http://localhost:${address.port}`;
  const [clientId, clientSecret] = ["keyturn", "a-client-secret-of-the-test"];
  const other: OtherProvider = {
    issuer,
    clientId,
    clientSecret,
    person: { sub: "1", email: "ada@elsewhere.example", emailVerified: true },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: async () => ({
        sub,
        email: other.person.email,
        email_verified: other.person.emailVerified,
        name: "Ada Elsewhere",
      }),
    }),
  });
  const handle = provider.callback();
  server.on("request", (request, response) => {
    if (request.url?.startsWith("/interaction/") !== true) return void handle(request, response);
    finish(provider, other.person.sub)(request, response).catch(() => response.writeHead(500).end());
  });
  return other;
}

/** Signs them in and agrees to everything, one after the other as the provider asks. */
const finish =
  (provider: Provider, accountId: string) =>
  async (...[request, response]: Parameters<ReturnType<Provider["callback"]>>): Promise<void> => {
    const { prompt, params, session } = await provider.interactionDetails(request, response);
    if (prompt.name === "login") {
      return provider.interactionFinished(request, response, { login: { accountId } });
    }
    const grant = new provider.Grant({
      accountId: session?.accountId ?? accountId,
      clientId: String(params["client_id"]),
    });
    grant.addOIDCScope("openid email profile");
    return provider.interactionFinished(request, response, { consent: { grantId: await grant.save() } });
  };
