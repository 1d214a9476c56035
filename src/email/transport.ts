/** What hands mail over to somebody else, and how it says that it could not. Who does it is in the files beside this one. */
import type { MailKind, Message } from "../mail-kinds.ts";

export interface OutgoingMail {
  /** The same at every attempt. */
  readonly id: string;
  readonly kind: MailKind;
  readonly to: string;
  readonly message: Message;
}

export interface MailTransport {
  /** Resolves when somebody else has it. Throws a `DeliveryFailure`. Ends early when `signal` says so. */
  send(mail: OutgoingMail, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** `reason` is a word or two for log and table: never an address, never what the other side wrote. */
export class DeliveryFailure extends Error {
  override readonly name = "DeliveryFailure";
  /** Trying again would not help. */
  readonly permanent: boolean;
  constructor(reason: string, { permanent }: { permanent: boolean }) {
    super(reason);
    this.permanent = permanent;
  }
}
