/** A link that signs in whoever opens it first. */
import { LIFETIME, type Template } from "../../mail-kinds.ts";
import { compose, spell } from "../layout.ts";

export const magicLink: Template<"magic-link"> = ({ url }, site) =>
  compose(site, {
    subject: `Sign in to ${site.name}`,
    paragraphs: [`Open this link to sign in to ${site.name}.`],
    link: { label: "Sign in", url },
    closing: [
      `The link works once, for ${spell(LIFETIME["magic-link"])}. Whoever opens it is signed in: do not pass it on.`,
      "If you did not ask for it, do nothing.",
    ],
  });
