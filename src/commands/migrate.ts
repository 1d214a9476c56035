/** `keyturn migrate`: brings the database up to date and ends, for deployments that do so before they start servers. */
import { Command } from "commander";
import { loadConfig } from "../config.ts";
import { openDatabase } from "../db/open.ts";
import { createLogger } from "../logger.ts";
import { loadSecrets } from "../secrets.ts";
import { print } from "./session.ts";

export const migrateCommand = (): Command =>
  new Command("migrate")
    .description("bring the database schema up to date (a server does so by itself when it starts)")
    .option("--json", "answer as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const config = loadConfig();
      const logger = createLogger({
        level: "warn",
        pretty: process.stderr.isTTY,
        destination: process.stderr,
      });
      const { databasePassword: password } = loadSecrets(config);
      const { migrationsApplied: applied, close } = await openDatabase({
        config,
        logger,
        mode: "attach",
        password,
      });
      await close();
      print({ applied }, [applied === 0 ? "already up to date" : `applied ${applied} migration(s)`], json);
    });
