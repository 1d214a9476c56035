/** Tells the old address that it is not the account's any more. */
import type { Template } from "../../mail-kinds.ts";
import { compose, oneLine } from "../layout.ts";

export const emailChanged: Template<"email-changed"> = ({ newEmail }, site) =>
  compose(site, {
    subject: `The address of your account at ${site.name} was changed`,
    paragraphs: [
      `The address of your account at ${site.name} is now ${oneLine(newEmail, 254)}. Mail will no longer come here.`,
    ],
    closing: ["If it was not you, tell the people who run the service at once."],
  });
