/** `/`: says what is running here, and where to go from here. Nothing a stranger could use. */
import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { answerPage } from "./page.ts";

export function createHomePage(
  issuer: string,
  version: string,
): (c: AppContext) => Promise<Response> | Response {
  return (c) => {
    return answerPage(c, {
      title: "Keyturn",
      content: html`<h1>Keyturn</h1>
      <p>This is an auth server. It signs people in at <code>${issuer}</code> and lets every API check who is calling, by one URL.</p>
      <ul>
        <li><a href="/.well-known/jwks.json">/.well-known/jwks.json</a>: the public keys</li>
        <li><a href="/docs">/docs</a>: the API, to read and to try</li>
        <li><a href="/readyz">/readyz</a>: whether it is ready</li>
      </ul>
      <p><small>Keyturn ${version}</small></p>`,
    });
  };
}
