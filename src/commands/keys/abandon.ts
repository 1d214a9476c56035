/** `keyturn keys abandon`: when a key-encryption key is lost for good. */
import { Command } from "commander";
import { COMMAND_LINE } from "../../audit/audit.ts";
import { abandonKeys } from "../../keys/abandon.ts";
import { keyPolicy } from "../../keys/policy.ts";
import { createSealer } from "../../keys/sealing.ts";
import { confirm } from "../confirm.ts";
import { print, withDatabase } from "../session.ts";

export const abandonCommand = (): Command =>
  new Command("abandon")
    .description(
      "give up private keys that these KEY_ENCRYPTION_KEYS cannot open; the next start makes new ones",
    )
    .option("--yes", "do not ask", false)
    .option("--json", "answer as JSON", false)
    .addHelpText(
      "after",
      "\nStop every server first. Tokens given before stay good until they expire; new keys sign that no verifier has seen.",
    )
    .action(async ({ yes, json }: { yes: boolean; json: boolean }) => {
      await confirm("Give up every private key that cannot be opened? There is no way back.", { yes });
      const kids = await withDatabase((db, { config, secrets }) =>
        abandonKeys(
          { db, sealer: createSealer(secrets.keyEncryption), policy: keyPolicy(config) },
          COMMAND_LINE,
        ),
      );
      const lines = kids.length === 0 ? ["every private key can be opened: nothing was changed"] : kids;
      print({ abandoned: kids }, lines, json);
    });
