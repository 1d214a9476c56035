/** `keyturn migrate`: brings the database up to date and ends, for deployments that do so before they start servers. */
import { Command } from "commander";
import { openForCommand, print } from "./session.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("bring the database schema up to date (a server does so by itself when it starts)")
    .option("--json", "answer as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const { database } = await openForCommand({ mayBegin: true });
      await database.close();
      const applied = database.migrationsApplied;
      print({ applied }, [applied === 0 ? "already up to date" : `applied ${applied} migration(s)`], json);
    });
