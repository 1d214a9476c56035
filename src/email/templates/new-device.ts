/** Tells people that their account was used from somewhere it was not used from before. */
import type { Template } from "../../mail-kinds.ts";
import { compose, oneLine, spellTime } from "../layout.ts";

export const newDevice: Template<"new-device"> = ({ device, address, at }, site) =>
  compose(site, {
    subject: `New sign-in to ${site.name}`,
    paragraphs: [
      `Your account at ${site.name} was signed in to with ${oneLine(device)}, from ${oneLine(address)}, on ${spellTime(at)}.`,
    ],
    closing: ["If it was you, do nothing. If it was not, change your password, and end all other sessions."],
  });
