/**
 * `/two-factor`: where a browser enters the code, after a link or a provider has shown who is there by one factor. The code
 * is checked by `/api/auth/two-factor`, where it is limited; where to go from here is checked here.
 */
import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { trustedTarget } from "../redirect-target.ts";
import { answerPage } from "./page.ts";

export const createSecondFactorPage =
  (trustedOrigins: readonly string[]) =>
  (c: AppContext): Promise<Response> | Response => {
    const next = trustedTarget(c.req.query("callbackURL"), trustedOrigins)?.href ?? "";
    return answerPage(c, {
      title: "Second factor · Keyturn",
      script: "second-factor.js",
      content: html`<h1>One more step</h1>
      <form data-next="${next}">
        <label for="code">The code your authenticator app shows, or one of your backup codes</label>
        <input id="code" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"
          maxlength="40" required autofocus />
        <label class="choice"><input type="checkbox" name="trust" /> Do not ask on this device for 30 days</label>
        <button>Go on</button>
        <p role="alert"></p>
      </form>
      <noscript>This page needs JavaScript.</noscript>`,
    });
  };
