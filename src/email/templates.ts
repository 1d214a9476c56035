/** The built-in template of each kind, and how a message is made: an operator's own template goes first. */
import type { MailData, MailKind, Message, Site, Templates } from "../mail-kinds.ts";
import { accountExists } from "./templates/account-exists.ts";
import { changeEmail } from "./templates/change-email.ts";
import { emailChanged } from "./templates/email-changed.ts";
import { invitation } from "./templates/invitation.ts";
import { magicLink } from "./templates/magic-link.ts";
import { newDevice } from "./templates/new-device.ts";
import { oneTimeCode } from "./templates/one-time-code.ts";
import { passwordChanged } from "./templates/password-changed.ts";
import { resetPassword } from "./templates/reset-password.ts";
import { verification } from "./templates/verification.ts";

export const BUILT_IN: Templates = {
  verification,
  "reset-password": resetPassword,
  "magic-link": magicLink,
  "one-time-code": oneTimeCode,
  "change-email": changeEmail,
  "email-changed": emailChanged,
  invitation,
  "new-device": newDevice,
  "password-changed": passwordChanged,
  "account-exists": accountExists,
};

export type Render = <K extends MailKind>(kind: K, data: MailData[K]) => Message;

/**
 * `overrides` replaces templates one by one. `keyturn.config.ts` hands them over as `mail.templates`, a partial record
 * of the same type: `{ "magic-link": ({ url }, site) => ({ subject, text, html }) }`. An override escapes its own HTML.
 */
export function createRender(site: Site, overrides: Partial<Templates> = {}): Render {
  const templates: Templates = { ...BUILT_IN, ...overrides };
  return (kind, data) => templates[kind](data, site);
}
