/**
 * Where mail goes without `SMTP_URL`: a line in the log, which says what and where to read it but never a link or a
 * code, and the last hundred in memory. Who may read them is `http/pages/outbox.ts`'s business.
 */
import type { Logger } from "../logger.ts";
import type { MailTransport, OutgoingMail } from "./transport.ts";

const KEPT = 100;

export interface KeptMail extends OutgoingMail {
  readonly at: Date;
}

export interface DevelopmentTransport extends MailTransport {
  /** The latest first. */
  mails(): readonly KeptMail[];
}

export interface DevelopmentTransportParts {
  readonly logger: Logger;
  /** Address of the page that shows them; absent where there is none, because this server is not somebody's own. */
  readonly page: string | undefined;
}

export function createDevelopmentTransport({
  logger,
  page,
}: DevelopmentTransportParts): DevelopmentTransport {
  const kept: KeptMail[] = [];
  const whereTo = page === undefined ? "nobody gets it: SMTP_URL is not set" : `read it at ${page}`;
  if (page === undefined)
    logger.warn("SMTP_URL is not set: mail is dropped, and nobody can confirm or recover anything");
  return {
    async send(mail) {
      kept.unshift({ ...mail, at: new Date() });
      kept.length = Math.min(kept.length, KEPT);
      logger.info(
        { kind: mail.kind, subject: mail.message.subject },
        `mail "${mail.message.subject}": ${whereTo}`,
      );
    },
    mails: () => kept,
    close() {
      kept.length = 0;
    },
  };
}
