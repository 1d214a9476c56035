/** `/invitation`: where an invitation to an organization is accepted or refused, by whoever is signed in. */
import { html } from "hono/html";
import type { AppContext } from "../context.ts";
import { answerPage } from "./page.ts";

export const invitationPage = (c: AppContext): Promise<Response> | Response =>
  answerPage(c, {
    title: "Invitation · Keyturn",
    script: "invitation.js",
    content: html`<h1>An invitation</h1>
      <form data-invitation="${c.req.query("id") ?? ""}">
        <p role="status">Looking for it …</p>
        <button value="accept" hidden>Accept</button>
        <button value="reject" class="quiet" hidden>Refuse</button>
        <p role="alert"></p>
      </form>
      <noscript>This page needs JavaScript.</noscript>`,
  });
