/** `keyturn keys`: the verbs of `/admin/keys`, for whoever has the machine. */
import { Command, Option } from "commander";
import { COMMAND_LINE } from "../audit/audit.ts";
import { StartupError } from "../errors.ts";
import { describeKey, describeRotation } from "../http/admin/key-view.ts";
import { keyPolicy } from "../keys/policy.ts";
import { createSealer } from "../keys/sealing.ts";
import { readAllKeys } from "../keys/store.ts";
import { rotateKeys } from "../keys/turn.ts";
import { ALGORITHMS, type Algorithm } from "../settings.ts";
import { print, withDatabase } from "./session.ts";
import { renderTable } from "./table.ts";

interface RotateOptions {
  readonly alg?: Algorithm;
  readonly emergency: boolean;
  readonly json: boolean;
}

export const keysCommand = (): Command =>
  new Command("keys").description("signing keys").addCommand(listCommand()).addCommand(rotateCommand());

const listCommand = (): Command =>
  new Command("list")
    .description("every key, its state and what comes next")
    .option("--json", "answer as JSON", false)
    .action(async ({ json }: { json: boolean }) => {
      const keys = (await withDatabase(readAllKeys)).map(({ key }) => describeKey(key));
      const rows = keys.map(({ kid, alg, state, next }) => [
        kid,
        alg,
        state,
        next ? `${next.state} at ${next.at}` : "",
      ]);
      print({ keys }, renderTable(["KID", "ALG", "STATE", "NEXT"], rows), json);
    });

const rotateCommand = (): Command =>
  new Command("rotate")
    .description(
      "turn the key: now if the standby has been public long enough, else at the earliest safe time",
    )
    .addOption(new Option("--alg <alg>", "only this algorithm").choices(ALGORITHMS))
    .option("--emergency", "do not wait: verifiers with cached keys will meet an unknown kid", false)
    .option("--json", "answer as JSON", false)
    .action(async ({ alg, emergency, json }: RotateOptions) => {
      const rotations = await withDatabase((db, { config, secrets }) =>
        rotateKeys(
          { db, sealer: createSealer(secrets.keyEncryption), policy: keyPolicy(config) },
          COMMAND_LINE,
          { algorithms: alg === undefined ? ALGORITHMS : [alg], emergency },
        ),
      );
      if (rotations.length === 0) {
        throw new StartupError(
          "there is no standby to turn to",
          "start a server: it announces one for each of KEY_ALGORITHMS",
        );
      }
      const rows = rotations
        .map(describeRotation)
        .map(({ kid, alg: name, activates_at, done }) => [
          kid,
          name,
          done ? "signs now" : `signs at ${activates_at}`,
        ]);
      print({ rotations: rotations.map(describeRotation) }, renderTable(["KID", "ALG", ""], rows), json);
    });
