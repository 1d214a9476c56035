/** `/sign-in-error`: where a browser ends that came back from a provider, or from a link, and could not be signed in. */
import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { answerPage } from "./page.ts";

/** What a person can do something about; the codes are Better Auth's. */
const TEXTS: Readonly<Record<string, string>> = {
  access_denied: "You did not allow it there.",
  account_not_linked:
    "There is an account with your address here already. Sign in to it, and link the other one from there.",
  email_not_found: "The other side did not tell us an address, and an account needs one.",
  signup_disabled: "You have no account here yet, and this way in does not make one.",
  banned: "This account is not allowed to sign in.",
};
const OTHERWISE = "It took too long, or was begun in another browser. Start again where you came from.";
/** Whatever else is in the address was written by somebody else. */
const CODE = /^[\w-]{1,60}$/;

export function signInErrorPage(c: AppContext): Promise<Response> | Response {
  const code = c.req.query("error") ?? "";
  const text = Object.hasOwn(TEXTS, code) ? TEXTS[code] : OTHERWISE;
  return answerPage(c, {
    title: "Not signed in · Keyturn",
    content: html`<h1>You are not signed in</h1>
      <p>${text}</p>
      ${CODE.test(code) && html`<p><small>For whoever helps you: <code>${code}</code></small></p>`}`,
  });
}
