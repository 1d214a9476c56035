/** Every kind of mail there is, what each is made from, and how long it is of use. What they say is in `templates/`. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Whom a mail speaks for. */
export interface Site {
  /** As people know it: the host of the issuer. */
  readonly name: string;
  readonly url: string;
}

interface Link {
  readonly url: string;
}

/** What a template of each kind is given. Nothing in here is HTML; a template escapes what it uses. */
export interface MailData {
  readonly verification: Link;
  readonly "reset-password": Link;
  readonly "magic-link": Link;
  readonly "one-time-code": { readonly code: string; readonly purpose: "sign-in" | "verification" };
  /** Goes to the old address: without its word nothing changes. */
  readonly "change-email": Link & { readonly newEmail: string };
  /** Goes to the old address, after the change. */
  readonly "email-changed": { readonly newEmail: string };
  readonly invitation: Link & { readonly organization: string; readonly inviter: string };
  readonly "new-device": { readonly device: string; readonly address: string; readonly at: Date };
  readonly "password-changed": { readonly at: Date };
  /** Goes to whoever has the account that somebody tried to make again. */
  readonly "account-exists": Readonly<Record<string, never>>;
}

export type MailKind = keyof MailData;

export interface Message {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Pure: the same data make the same message. */
export type Template<K extends MailKind> = (data: MailData[K], site: Site) => Message;

export type Templates = { readonly [K in MailKind]: Template<K> };

/** Milliseconds after which a mail is of no use any more: its link or code is dead by then, or its news is old. */
export const LIFETIME = {
  verification: HOUR,
  "reset-password": HOUR,
  "magic-link": 5 * MINUTE,
  "one-time-code": 5 * MINUTE,
  "change-email": HOUR,
  "email-changed": 24 * HOUR,
  invitation: 48 * HOUR,
  "new-device": 24 * HOUR,
  "password-changed": 24 * HOUR,
  "account-exists": 24 * HOUR,
} as const satisfies Record<MailKind, number>;

export const isMailKind = (text: string): text is MailKind => Object.hasOwn(LIFETIME, text);
