/** The frame of every page of ours: what it may load, and what stands around its content. */
import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { AppContext } from "../context.ts";
import { pageHeaders } from "./page-headers.ts";

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>;

interface PageParts {
  readonly title: string;
  /** Inside `<main>`. */
  readonly content: Markup;
  /** A file of ours that the page needs; such a page may ask this server as well. */
  readonly script?: string;
  /** Nothing of it may be kept. */
  readonly isPrivate?: boolean;
}

/** A page whose script asks this server. A form of it is sent by that script alone. */
const SCRIPTED_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
  "form-action 'none'; frame-ancestors 'none'";

export function answerPage(
  c: AppContext,
  { title, content, script, isPrivate = false }: PageParts,
): Promise<Response> | Response {
  pageHeaders(c, script === undefined ? undefined : SCRIPTED_POLICY);
  if (isPrivate) c.header("Cache-Control", "no-store");
  return c.html(html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
    <link rel="icon" href="/assets/keyturn.svg" />
    <link rel="stylesheet" href="/assets/keyturn.css" />
  </head>
  <body>
    <main>
      ${content}
    </main>${
      script &&
      html`
    <script src="/assets/${script}"></script>`
    }
  </body>
</html>`);
}
