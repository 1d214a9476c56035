/** `keyturn users grant-admin`: the first administrator, or one more when none can sign in. */
import { Command } from "commander";
import { grantAdmin } from "../../accounts/first-admin.ts";
import { StartupError } from "../../errors.ts";
import { print, withDatabase } from "../session.ts";

export const grantAdminCommand = (): Command =>
  new Command("grant-admin")
    .description("make somebody who has signed up an administrator")
    .argument("<email>", "the address they signed up with")
    .option("--json", "answer as JSON", false)
    .action(async (email: string, { json }: { json: boolean }) => {
      const granted = await withDatabase((db) => grantAdmin(db, email));
      if (!granted) {
        throw new StartupError(
          `nobody has signed up as ${email}`,
          "let them sign up first, then run this again",
        );
      }
      print({ email, granted }, [`${email} is an administrator`], json);
    });
