#!/usr/bin/env node
/** `keyturn`: the operator's command. Each verb is a file in `commands/`; this one only says which there are. */
import { Command } from "commander";
import { keysCommand } from "./commands/keys.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { startCommand } from "./commands/start.ts";
import { usersCommand } from "./commands/users.ts";
import { reportFailure } from "./exit.ts";
import { VERSION } from "./version.ts";

const program = new Command("keyturn")
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

await program.parseAsync().catch(reportFailure);
