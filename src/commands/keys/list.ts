/** `keyturn keys list`: every key, what it does and what comes next. */
import { Command } from "commander";
import { describeKeys } from "../../http/admin/key-view.ts";
import { listKeys } from "../../keys/listing.ts";
import { print, withDatabase } from "../session.ts";
import { renderTable } from "../table.ts";

export const listCommand = (): Command =>
  new Command("list")
    .description("every key, its state and what comes next")
    .option("--json", "answer as JSON, with the history of each key", false)
    .action(async ({ json }: { json: boolean }) => {
      const keys = describeKeys(await withDatabase(listKeys));
      const rows = keys.map(({ kid, alg, state, sealed_under, next, revocation_reason }) => [
        kid,
        alg,
        state,
        sealed_under === null ? "" : `v${sealed_under}`,
        next === null ? (revocation_reason ?? "") : `${next.state} at ${next.at}`,
      ]);
      const table = renderTable(["KID", "ALG", "STATE", "SEALED", "NEXT"], rows);
      print({ keys }, keys.length === 0 ? ["no keys yet: a server makes them when it starts"] : table, json);
    });
