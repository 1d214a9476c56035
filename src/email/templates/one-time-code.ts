/** A code to type where it was asked for. It is not in the subject, which lock screens show. */
import { LIFETIME, type Template } from "../../mail-kinds.ts";
import { compose, spell } from "../layout.ts";

export const oneTimeCode: Template<"one-time-code"> = ({ code, purpose }, site) =>
  compose(site, {
    subject: purpose === "sign-in" ? `Your code for ${site.name}` : `Confirm your address for ${site.name}`,
    paragraphs: [
      purpose === "sign-in"
        ? `Type this code to sign in to ${site.name}:`
        : `Type this code to confirm your address for ${site.name}:`,
    ],
    code,
    closing: [
      `The code works once, for ${spell(LIFETIME["one-time-code"])}. Nobody from ${site.name} will ever ask you for it.`,
      "If you did not ask for it, do nothing.",
    ],
  });
