/** Asks at the old address whether the account may move to a new one. */
import { LIFETIME, type Template } from "../../mail-kinds.ts";
import { compose, oneLine, spell } from "../layout.ts";

export const changeEmail: Template<"change-email"> = ({ url, newEmail }, site) =>
  compose(site, {
    subject: `Confirm the new address of your account at ${site.name}`,
    paragraphs: [
      `Somebody who is signed in to your account at ${site.name} wants its address to be ${oneLine(newEmail, 254)}.`,
      "If that was you, confirm it here. The new address will then get a mail to confirm as well.",
    ],
    link: { label: "Allow the new address", url },
    closing: [
      `The link works for ${spell(LIFETIME["change-email"])}.`,
      "If it was not you, do not open it: change your password, and end all other sessions.",
    ],
  });
