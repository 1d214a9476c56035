/** Invites somebody to an organization. Names are other people's words: cut to a line, so that none tells a story. */
import type { Template } from "../../mail-kinds.ts";
import { compose, oneLine } from "../layout.ts";

export const invitation: Template<"invitation"> = ({ url, organization, inviter }, site) =>
  compose(site, {
    subject: `Invitation to “${oneLine(organization)}” at ${site.name}`,
    paragraphs: [`${oneLine(inviter)} invites you to join “${oneLine(organization)}” at ${site.name}.`],
    link: { label: "See the invitation", url },
    closing: ["If you do not know who this is, do nothing."],
  });
