/** `keyturn keys rewrap`: seal every private half under the newest key-encryption key. */
import { Command } from "commander";
import { COMMAND_LINE } from "../../audit/audit.ts";
import { rewrapKeys } from "../../keys/rewrap.ts";
import { print } from "../session.ts";
import { renderTable } from "../table.ts";
import { withTurnParts } from "./turn.ts";

export const rewrapCommand = (): Command =>
  new Command("rewrap")
    .description("seal every private key anew under the first of KEY_ENCRYPTION_KEYS")
    .option("--json", "answer as JSON", false)
    .addHelpText(
      "after",
      "\nFirst give every server the new version in front of the old one. Tokens and the JWKS do not change.",
    )
    .action(async ({ json }: { json: boolean }) => {
      const { rewrapped, version } = await withTurnParts(async ({ db, sealer }) => ({
        rewrapped: await rewrapKeys(db, sealer, COMMAND_LINE),
        version: sealer.version,
      }));
      const rows = rewrapped.map(({ kid, from, to }) => [
        kid,
        from === to ? `already v${to}` : `v${from} -> v${to}`,
      ]);
      const isAlone = `every private key is sealed under version ${version}; other versions are not needed any more`;
      print({ version, keys: rewrapped }, [...renderTable(["KID", "SEALED"], rows), "", isAlone], json);
    });
