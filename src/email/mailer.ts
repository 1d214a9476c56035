/**
 * Mail, as the rest of Keyturn knows it: say what and to whom, in the transaction of what it tells of if there is one.
 * It is written down sealed, and sent in the background.
 */
import type { Database, Transaction } from "../db/database.ts";
import type { Logger } from "../logger.ts";
import type { MailData, MailKind, Site, Templates } from "../mail-kinds.ts";
import type { VersionedSecrets } from "../secrets.ts";
import { write } from "./outbox.ts";
import { createMailSealer } from "./seal.ts";
import { startSender } from "./sender.ts";
import { createRender } from "./templates.ts";
import type { MailTransport } from "./transport.ts";

export interface Mailer {
  /** Resolves when it is written down. With `tx` it is sent once that commits, and not at all if it does not. */
  queue<K extends MailKind>(kind: K, to: string, data: MailData[K], tx?: Transaction): Promise<void>;
  /** Takes no more mail from the outbox; what is under way may take a few seconds. */
  close(): Promise<void>;
}

export interface MailerParts {
  readonly db: Database;
  /** Calls back when mail may have been queued by a transaction, here or elsewhere. */
  readonly listen: (onMail: () => void) => Promise<void>;
  /** Closed with the mailer. */
  readonly transport: MailTransport;
  /** The session secrets: mail is sealed under a key derived from them. */
  readonly secrets: VersionedSecrets;
  readonly site: Site;
  readonly logger: Logger;
  /** In place of the built-in ones, kind by kind. */
  readonly templates?: Partial<Templates>;
}

export async function createMailer(parts: MailerParts): Promise<Mailer> {
  const { db, listen, transport, secrets, site, logger, templates } = parts;
  const sealer = createMailSealer(secrets);
  const render = createRender(site, templates);
  const sender = startSender({ db, transport, sealer, logger });
  try {
    await listen(sender.wake);
  } catch (error) {
    await sender.close();
    throw error;
  }
  return {
    async queue(kind, to, data, tx) {
      await write(tx ?? db, sealer, { kind, to, message: render(kind, data) });
      if (tx === undefined) sender.wake();
    },
    close: () => sender.close(),
  };
}
