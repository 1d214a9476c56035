/** The HTTP map on one screen: what answers where, and what every request passes first. */
import { Hono } from "hono";
import { createAccountsHandler } from "./http/accounts.ts";
import { createAdminKeys } from "./http/admin/keys.ts";
import { createRequirePermission } from "./http/admin/permission.ts";
import type { AppEnv } from "./http/context.ts";
import { createErrorHandler, notFound } from "./http/errors.ts";
import { createReadiness, liveness } from "./http/health.ts";
import { limitBody } from "./http/middleware/body-limit.ts";
import { createClientAddress } from "./http/middleware/client-address.ts";
import { crossOrigin, refuseForeignOrigins } from "./http/middleware/cross-origin.ts";
import { observe } from "./http/middleware/observe.ts";
import { securityHeaders } from "./http/middleware/security-headers.ts";
import { createAssetHandler, createOpenApiHandler, docsPage } from "./http/pages/docs.ts";
import { createHomePage } from "./http/pages/home.ts";
import { createTokenHandler } from "./http/token.ts";
import { createJwksHandler } from "./http/well-known.ts";
import type { Services } from "./services.ts";
import { VERSION } from "./version.ts";

const MAX_BODY_BYTES = 1_000_000;

export function createApp(services: Services): Hono<AppEnv> {
  const { config, logger, ring, trustedOrigins, authenticate } = services;
  const app = new Hono<AppEnv>();
  const jwks = createJwksHandler({ jwks: ring.jwks, maxAge: config.JWKS_MAX_AGE });

  // Before everything else: the same bytes for everybody, the hottest path of all.
  app.get("/.well-known/jwks.json", jwks);
  app.get("/api/auth/jwks", jwks);

  app.use(observe(logger));
  app.use(securityHeaders(config.ISSUER));
  for (const path of ["/api/auth/*", "/admin/*"]) {
    app.use(path, crossOrigin(trustedOrigins), refuseForeignOrigins(trustedOrigins));
  }
  app.get("/api/auth/token", createTokenHandler({ authenticate, issue: services.issueSessionToken }));
  app.use(limitBody(MAX_BODY_BYTES));

  const clientAddress = createClientAddress(config.TRUSTED_PROXIES);
  app.on(["GET", "POST"], "/api/auth/*", createAccountsHandler({ engine: services.accounts, clientAddress }));
  app.route(
    "/admin/keys",
    createAdminKeys({
      requirePermission: createRequirePermission(authenticate),
      algorithms: config.KEY_ALGORITHMS,
      listKeys: services.listKeys,
      now: ring.now,
      rotate: ring.rotate,
    }),
  );

  app.get("/livez", liveness);
  app.get("/readyz", createReadiness({ pingDatabase: services.pingDatabase, keysAreFresh: ring.isFresh }));
  app.get("/", createHomePage(config.ISSUER, VERSION));
  app.get("/docs", docsPage);
  app.get("/openapi.yaml", createOpenApiHandler());
  app.get("/assets/:name", createAssetHandler());

  app.onError(createErrorHandler(logger));
  app.notFound(notFound);
  return app;
}
