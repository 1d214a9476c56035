/** Asks whoever reads an address to confirm it. Says no name: whoever typed the address chose that too. */
import { LIFETIME, type Template } from "../../mail-kinds.ts";
import { compose, spell } from "../layout.ts";

export const verification: Template<"verification"> = ({ url }, site) =>
  compose(site, {
    subject: `Confirm your address for ${site.name}`,
    paragraphs: [`This address was given at ${site.name}. Please confirm that it is yours.`],
    link: { label: "Confirm this address", url },
    closing: [
      `The link works for ${spell(LIFETIME.verification)}.`,
      "If it was not you who gave the address, do nothing: it stays unconfirmed.",
    ],
  });
