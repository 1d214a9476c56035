/** `keyturn keys rotate`: turn the key. */
import { Command, Option } from "commander";
import { COMMAND_LINE } from "../../audit/audit.ts";
import { StartupError } from "../../errors.ts";
import { describeRotation } from "../../http/admin/key-view.ts";
import { rotateKeys } from "../../keys/rotate.ts";
import { readDatabaseTime } from "../../keys/store.ts";
import { ALGORITHMS, type Algorithm } from "../../settings.ts";
import { print } from "../session.ts";
import { renderTable } from "../table.ts";
import { withTurnParts } from "./turn.ts";

interface RotateOptions {
  readonly alg?: Algorithm;
  readonly emergency: boolean;
  readonly json: boolean;
}

export const rotateCommand = (): Command =>
  new Command("rotate")
    .description(
      "turn the key: now if the standby has been public long enough, else at the earliest safe time",
    )
    .addOption(new Option("--alg <alg>", "only this algorithm").choices(ALGORITHMS))
    .option("--emergency", "do not wait: verifiers with cached keys will meet an unknown kid", false)
    .option("--json", "answer as JSON", false)
    .action(async ({ alg, emergency, json }: RotateOptions) => {
      const { rotations } = await withTurnParts(async (parts) =>
        rotateKeys(parts, COMMAND_LINE, {
          algorithms: alg === undefined ? parts.policy.algorithms : [alg],
          emergency,
          requestedAt: await readDatabaseTime(parts.db),
        }),
      );
      if (rotations.length === 0) {
        throw new StartupError(
          "there is no standby to turn to",
          "start a server: it announces one for each of KEY_ALGORITHMS",
        );
      }
      const described = rotations.map(describeRotation);
      const rows = described.map((rotation) => [
        rotation.kid,
        rotation.alg,
        rotation.done ? "signs now" : `signs at ${rotation.activates_at}`,
      ]);
      print({ rotations: described }, renderTable(["KID", "ALG", ""], rows), json);
    });
