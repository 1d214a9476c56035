/** Tells the owner of an account that somebody tried to sign up with its address: whoever it was saw nothing of that. */
import type { Template } from "../../mail-kinds.ts";
import { compose } from "../layout.ts";

export const accountExists: Template<"account-exists"> = (_, site) =>
  compose(site, {
    subject: `You have an account at ${site.name}`,
    paragraphs: [
      `Somebody tried to sign up at ${site.name} with your address, which has an account already.`,
      "If it was you, sign in with it; you can ask for a new password there.",
    ],
    closing: ["If it was not you, there is nothing to do: nothing has changed."],
  });
