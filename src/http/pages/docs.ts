/** `/docs` and `/openapi.yaml`: the API reference, rendered in the reader's browser from files of this server. */
import { readFileSync } from "node:fs";
import { html } from "hono/html";
import { AppError } from "../../errors.ts";
import type { AppContext } from "../context.ts";
import { createReadAsset } from "./assets.ts";
import { pageHeaders } from "./page-headers.ts";

const OPENAPI = new URL("../../../openapi.yaml", import.meta.url);

/** The reference sets styles on elements and draws its icons from data URLs. */
const DOCS_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export function docsPage(c: AppContext): Promise<Response> | Response {
  pageHeaders(c, DOCS_POLICY);
  return c.html(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Keyturn API</title>
    <link rel="icon" href="/assets/keyturn.svg" />
    <link rel="stylesheet" href="/assets/swagger-ui.css" />
  </head>
  <body>
    <div id="api-reference"><noscript>The reference needs JavaScript; <a href="/openapi.yaml">openapi.yaml</a> does not.</noscript></div>
    <script src="/assets/swagger-ui-bundle.js"></script>
    <script src="/assets/api-reference.js"></script>
  </body>
</html>`);
}

export function createOpenApiHandler(): (c: AppContext) => Response {
  const yaml = readFileSync(OPENAPI, "utf8");
  return (c) => {
    c.header("Cache-Control", "no-cache");
    return c.body(yaml, 200, {
      "Content-Type": "application/yaml; charset=utf-8",
      "Access-Control-Allow-Origin": "*",
    });
  };
}

export function createAssetHandler(): (c: AppContext) => Response {
  const readAsset = createReadAsset();
  return (c) => {
    const asset = readAsset(c.req.param("name") ?? "");
    if (asset === undefined) throw new AppError("not_found", "There is no such file.");
    c.header("Cache-Control", "public, max-age=3600");
    return c.body(asset.body, 200, { "Content-Type": asset.type });
  };
}
