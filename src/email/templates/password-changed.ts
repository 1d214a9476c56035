/** Tells people that the password of their account is another one now. */
import type { Template } from "../../mail-kinds.ts";
import { compose, spellTime } from "../layout.ts";

export const passwordChanged: Template<"password-changed"> = ({ at }, site) =>
  compose(site, {
    subject: `Your password for ${site.name} was changed`,
    paragraphs: [`The password of your account at ${site.name} was changed on ${spellTime(at)}.`],
    closing: ["If it was not you, ask for a new password at once: that ends every session."],
  });
