/** Mail by SMTP (nodemailer) over a few kept connections. TLS as `SMTP_URL` says, and never a password without it. */
import { createTransport } from "nodemailer";
import { isLoopbackHost } from "./loopback.ts";
import { DeliveryFailure, type MailTransport } from "./transport.ts";

/** Connections kept, so the most mails under way at once. */
const CONNECTIONS = 5;
const SECOND = 1_000;

export interface SmtpParts {
  readonly url: string;
  readonly from: string;
  /** Whose name message ids carry. */
  readonly host: string;
}

export function createSmtpTransport({ url, from, host }: SmtpParts): MailTransport {
  const transporter = createTransport(smtpOptions(url));
  return {
    async send({ id, to, message }, signal) {
      try {
        await transporter.sendMail({
          from,
          // As an object it is one address, whatever is in it.
          to: { name: "", address: to },
          ...message,
          // The same at every attempt: a mail that came twice can be told from two mails.
          messageId: `<${id}@${host}>`,
          // RFC 3834 §5: no answers from people who are away.
          headers: { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" },
          disableFileAccess: true,
          disableUrlAccess: true,
          signal,
        });
      } catch (error) {
        throw explain(error);
      }
    },
    close: () => transporter.close(),
  };
}

/** A password travels to another machine inside TLS, unless the URL's query says `requireTLS=false`. */
export function smtpOptions(url: string): Parameters<typeof createTransport>[0] & { pool: true } {
  const { username, hostname, protocol } = new URL(url);
  const inClear = protocol === "smtp:" && username !== "" && !isLoopbackHost(hostname);
  return {
    ...(inClear && !new URL(url).searchParams.has("requireTLS") && { requireTLS: true }),
    url,
    pool: true,
    maxConnections: CONNECTIONS,
    // A connection that closed under way fails its mail, which is then tried again by the outbox, with its patience.
    maxRequeues: 1,
    idleTimeout: 30 * SECOND,
    dnsTimeout: 10 * SECOND,
    connectionTimeout: 10 * SECOND,
    greetingTimeout: 10 * SECOND,
    socketTimeout: 30 * SECOND,
  };
}

/** What nodemailer adds to its errors. */
interface SmtpCodes {
  readonly code: unknown;
  readonly command: unknown;
  readonly responseCode: unknown;
}

const codesOf = (error: Error): SmtpCodes => ({
  code: "code" in error ? error.code : undefined,
  command: "command" in error ? error.command : undefined,
  responseCode: "responseCode" in error ? error.responseCode : undefined,
});

/** Keeps the codes and drops the text: servers like to repeat the address in it. */
function explain(error: unknown): DeliveryFailure {
  if (!(error instanceof Error)) return new DeliveryFailure("unknown", { permanent: false });
  const codes = codesOf(error);
  const reason = Object.values(codes).filter((part) => typeof part === "string" || typeof part === "number");
  return new DeliveryFailure(reason.join(" ") || "unknown", { permanent: isPermanent(codes) });
}

/**
 * A refused recipient or message stays refused (RFC 5321 §4.2.1: 5yz). A refused sender, password or connection is
 * ours to mend, and the mail may go out when it is.
 */
function isPermanent({ code, command, responseCode }: SmtpCodes): boolean {
  if (code === "EENVELOPE" && command === "API") return true;
  if (command !== "RCPT TO" && command !== "DATA") return false;
  return typeof responseCode === "number" && responseCode >= 550 && responseCode < 560;
}
