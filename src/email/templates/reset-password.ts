/** Lets whoever reads the address of an account choose a new password. */
import { LIFETIME, type Template } from "../../mail-kinds.ts";
import { compose, spell } from "../layout.ts";

export const resetPassword: Template<"reset-password"> = ({ url }, site) =>
  compose(site, {
    subject: `Choose a new password for ${site.name}`,
    paragraphs: [`Somebody asked for a new password for your account at ${site.name}.`],
    link: { label: "Choose a new password", url },
    closing: [
      `The link works once, for ${spell(LIFETIME["reset-password"])}. Choosing a new password signs you out everywhere.`,
      "If it was not you, do nothing: your password stays as it is.",
    ],
  });
