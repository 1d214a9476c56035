/**
 * A question between a link in a mail and what it does. Scanners open the links in a mail before its reader does, and each of
 * these works once: so a link followed does nothing by itself, and the person says go on.
 */
import { html } from "hono/html";
import { type AppMiddleware, requestHeader } from "../context.ts";
import { answerPage } from "./page.ts";

const QUESTIONS: Readonly<Record<string, { heading: string; text: string; button: string }>> = {
  "/api/auth/magic-link/verify": {
    heading: "Sign in",
    text: "You asked for a link that signs you in. If it was not you, close this page.",
    button: "Sign in",
  },
  "/api/auth/verify-email": {
    heading: "Confirm your address",
    text: "Somebody gave your address here. If it was not you, close this page.",
    button: "It was me",
  },
};

/** Asks unless somebody has said go on, or it is a page's script that calls and no browser that followed a link. */
export function askBeforeLinks(): AppMiddleware {
  return (c, next) => {
    const question = QUESTIONS[c.req.path];
    const mode = requestHeader(c, "sec-fetch-mode") ?? "navigate";
    if (question === undefined || mode !== "navigate" || c.req.query("go") === "on") return next();
    const link = new URL(c.req.url);
    link.searchParams.set("go", "on");
    return Promise.resolve(
      answerPage(c, {
        title: `${question.heading} · Keyturn`,
        isPrivate: true,
        content: html`<h1>${question.heading}</h1>
      <p>${question.text}</p>
      <p><a class="button" rel="nofollow" href="${link.pathname}${link.search}">${question.button}</a></p>`,
      }),
    );
  };
}
