/** The way out for mail a configuration speaks of: SMTP, or the log and the page of a developer's own server. */
import type { Logger } from "../logger.ts";
import type { Site } from "../mail-kinds.ts";
import { createDevelopmentTransport, type DevelopmentTransport } from "./development-transport.ts";
import { isLoopbackHost } from "./loopback.ts";
import { createSmtpTransport } from "./smtp-transport.ts";
import type { MailTransport } from "./transport.ts";

/** Path of the page that shows what was not sent. */
export const OUTBOX_PATH = "/dev/outbox";

export interface WayOutParts {
  readonly smtpUrl: string | undefined;
  readonly from: string;
  readonly site: Site;
  readonly logger: Logger;
}

export interface WayOut {
  readonly transport: MailTransport;
  /** Absent with SMTP, and where the issuer is not this machine: links in mail let people in. */
  readonly outbox: Pick<DevelopmentTransport, "mails"> | undefined;
}

export function openWayOut({ smtpUrl, from, site, logger }: WayOutParts): WayOut {
  const { hostname } = new URL(site.url);
  if (smtpUrl !== undefined) {
    return { transport: createSmtpTransport({ url: smtpUrl, from, host: hostname }), outbox: undefined };
  }
  const isOwnMachine = isLoopbackHost(hostname);
  const transport = createDevelopmentTransport({
    logger,
    page: isOwnMachine ? `${site.url}${OUTBOX_PATH}` : undefined,
  });
  return { transport, outbox: isOwnMachine ? transport : undefined };
}
