/** `keyturn`: which verbs there are; each is a file beside this one. */
import { Command } from "commander";
import { VERSION } from "../version.ts";
import { keysCommand } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { startCommand } from "./start.ts";
import { usersCommand } from "./users.ts";

export const program = (): Command =>
  new Command("keyturn")
    .description("A standalone auth server whose keys turn without one failed verification.")
    .version(VERSION)
    .addCommand(startCommand())
    .addCommand(migrateCommand())
    .addCommand(keysCommand())
    .addCommand(usersCommand())
    .addHelpText(
      "after",
      "\nConfiguration comes from the environment; docs/configuration.md describes each variable.",
    )
    .showHelpAfterError();
