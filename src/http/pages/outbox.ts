/**
 * `/dev/outbox`: mail that went nowhere, for whoever develops on this machine. Links in it let people in, so it exists
 * only without `SMTP_URL`, and only for a direct request from this machine under one of its own names.
 */
import { html } from "hono/html";
import ipaddr from "ipaddr.js";
import type { KeptMail } from "../../email/development-transport.ts";
import { isLoopbackHost } from "../../email/loopback.ts";
import { type AppContext, requestHeader } from "../context.ts";
import { notFound } from "../errors.ts";
import { answerPage } from "./page.ts";

/** What proxies write into what they pass on. One that writes nothing is why the issuer must be this machine, too. */
const MARK_OF_A_PROXY =
  /^(?:forwarded|via|x-forwarded-.*|x-original-.*|.*-client-ip|.*-connecting-ip|x-real-ip)$/;

/** `outbox` is absent where there is no such page. */
export function createOutboxPage(
  outbox: { mails(): readonly KeptMail[] } | undefined,
): (c: AppContext) => Promise<Response> | Response {
  return (c) => {
    if (outbox === undefined || !isFromThisMachine(c)) return notFound(c);
    return answerPage(c, {
      title: "Outbox · Keyturn",
      isPrivate: true,
      content: html`<h1>Outbox</h1>
      <p>Mail this server would have sent, the latest first. <code>SMTP_URL</code> is not set, so nobody got it.</p>
      ${outbox.mails().map(mailView)}
      <p><a href="/">Keyturn</a></p>`,
    });
  };
}

const mailView = ({ kind, to, at, message }: KeptMail) => html`<article>
        <h2>${message.subject}</h2>
        <p><small>${kind} to ${to}, ${at.toISOString()}</small></p>
        <pre>${linked(message.text)}</pre>
      </article>
      `;

/** The text as it is, its addresses to click on. */
const linked = (text: string) =>
  text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, index) => (index % 2 === 1 ? html`<a href="${part}" rel="noreferrer">${part}</a>` : part));

function isFromThisMachine(c: AppContext): boolean {
  const peer = c.env.incoming.socket.remoteAddress ?? "";
  if (!ipaddr.isValid(peer) || ipaddr.process(peer).range() !== "loopback") return false;
  if (Object.keys(c.env.incoming.headers).some((name) => MARK_OF_A_PROXY.test(name))) return false;
  // A page elsewhere can point a name of its own at this machine (DNS rebinding); it cannot change what the name is.
  const host = `http://${requestHeader(c, "host") ?? ""}`;
  return URL.canParse(host) && isLoopbackHost(new URL(host).hostname);
}
