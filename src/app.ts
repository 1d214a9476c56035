/** The HTTP map on one screen: what answers where, and what every request but the hottest passes first. */
import { Hono } from "hono";
import { SESSION_UPDATE_SECONDS } from "./accounts/engine.ts";
import { OUTBOX_PATH } from "./email/open.ts";
import { createAccountsHandler } from "./http/accounts.ts";
import { createAdmin } from "./http/admin/admin.ts";
import type { AppContext, AppEnv } from "./http/context.ts";
import { createErrorHandler, notFound } from "./http/errors.ts";
import { createReadiness, liveness } from "./http/health.ts";
import { createMetricsHandler } from "./http/metrics.ts";
import { limitBody } from "./http/middleware/body-limit.ts";
import { createCallerAddress } from "./http/middleware/caller-address.ts";
import { createClientAddress } from "./http/middleware/client-address.ts";
import { crossOrigin, refuseForeignOrigins } from "./http/middleware/cross-origin.ts";
import { admitHashing } from "./http/middleware/hashing.ts";
import { refuseImpersonators } from "./http/middleware/impersonation.ts";
import { limitAccounts, limitTraffic } from "./http/middleware/limit.ts";
import { createAccountReader } from "./http/middleware/limited-account.ts";
import { observe } from "./http/middleware/observe.ts";
import { resignPrevious } from "./http/middleware/resign.ts";
import { securityHeaders } from "./http/middleware/security-headers.ts";
import { createAssetHandler, createOpenApiHandler, docsPage } from "./http/pages/docs.ts";
import { askBeforeLinks } from "./http/pages/followed-link.ts";
import { createHomePage } from "./http/pages/home.ts";
import { invitationPage } from "./http/pages/invitation.ts";
import { createOutboxPage } from "./http/pages/outbox.ts";
import { createSecondFactorPage } from "./http/pages/second-factor.ts";
import { signInErrorPage } from "./http/pages/sign-in-error.ts";
import { createSessionHandler } from "./http/session.ts";
import { createSessionCodeRedemption, createSessionCodeRedirect } from "./http/session-code.ts";
import { createTokenHandler } from "./http/token.ts";
import { createJwksHandler } from "./http/well-known.ts";
import { staleWhileRevalidate } from "./keys/policy.ts";
import type { Services } from "./services.ts";
import { sessionCookieName } from "./sessions/credential.ts";
import { VERSION } from "./version.ts";

const MAX_BODY_BYTES = 1_000_000;

export type App = Pick<Hono<AppEnv>, "fetch" | "routes">;

export function createApp(services: Services): App {
  const { config, logger, ring, trustedOrigins, authenticate } = services;
  const app = new Hono<AppEnv>();
  app.use(observe(logger));
  app.use(securityHeaders(config.ISSUER));
  const resign = resignPrevious({
    signer: services.previousSigner,
    issuer: config.ISSUER,
    trustedDeviceOwner: services.accounts.trustedDeviceOwner,
  });
  const clientAddress = createClientAddress(config.TRUSTED_PROXIES);
  const callerAddress = createCallerAddress(clientAddress);
  const limiting = { ...services, ...services.limits, issuer: config.ISSUER, callerAddress };
  const traffic = limitTraffic(limiting);
  for (const path of ["/api/auth/*", "/admin/*"]) {
    app.use(path, crossOrigin(trustedOrigins), refuseForeignOrigins(trustedOrigins), traffic);
    app.use(path, resign);
  }
  app.get(
    "/api/auth/token",
    createTokenHandler({
      assertCanSign: ring.assertCanSign,
      authenticate,
      findApiKey: services.findApiKey,
      subjectOf: services.subjectOf,
      subjectOfKey: services.subjectOfKey,
      issue: services.issueSessionToken,
    }),
  );
  app.use(
    "/api/auth/get-session",
    createSessionHandler({
      readCredential: services.readCredential,
      findSessionView: services.findSessionView,
      updateAge: SESSION_UPDATE_SECONDS,
    }),
  );
  app.use(limitBody(MAX_BODY_BYTES));

  app.get("/api/auth/*", askBeforeLinks());
  app.get("/api/auth/session-code", createSessionCodeRedirect(services));
  app.post("/api/auth/session-code", createSessionCodeRedemption(services));
  app.use("/api/auth/*", admitHashing(services.admission));
  app.use("/api/auth/*", limitAccounts({ ...limiting, readAccount: createAccountReader(limiting) }));
  app.use("/api/auth/*", refuseImpersonators(services));
  const sessionCookie = sessionCookieName(config.ISSUER);
  app.on(
    ["GET", "POST"],
    "/api/auth/*",
    createAccountsHandler({ engine: services.accounts, clientAddress, sessionCookie }),
  );
  app.route("/admin", createAdmin({ ...services, clientAddress }));

  app.get("/livez", liveness);
  app.get("/readyz", createReadiness({ pingDatabase: services.pingDatabase, canSign: ring.canSign }));
  app.get("/metrics", createMetricsHandler(services.metrics));
  app.get("/", createHomePage(config.ISSUER, VERSION));
  app.get(OUTBOX_PATH, createOutboxPage(services.outbox));
  app.get("/two-factor", createSecondFactorPage(trustedOrigins));
  app.get("/invitation", invitationPage);
  app.get("/sign-in-error", signInErrorPage);
  app.get("/docs", docsPage);
  app.get("/openapi.yaml", createOpenApiHandler());
  app.get("/assets/:name", createAssetHandler());

  app.notFound(notFound);
  app.onError(createErrorHandler(logger));
  return withFrontDoor(
    app,
    createJwksHandler({
      jwks: ring.jwks,
      maxAge: config.JWKS_MAX_AGE,
      staleWhileRevalidate: staleWhileRevalidate(config),
    }),
  );
}

/** The keys are the same bytes for everybody, so nothing stands before them; everything else goes on to the app. */
function withFrontDoor(app: Hono<AppEnv>, jwks: (c: AppContext) => Response): App {
  const door = new Hono<AppEnv>().get("/.well-known/jwks.json", jwks).get("/api/auth/jwks", jwks);
  door.notFound((c) => app.fetch(c.req.raw, c.env));
  return { fetch: door.fetch, routes: [...door.routes, ...app.routes] };
}
