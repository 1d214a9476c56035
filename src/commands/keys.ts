/** `keyturn keys`: the verbs of `/admin/keys`, for whoever has the machine. */
import { Command, Option } from "commander";
import { COMMAND_LINE } from "../audit/audit.ts";
import { describeKey, describeRotation } from "../http/admin/key-view.ts";
import { ALGORITHMS, type Algorithm } from "../settings.ts";
import { print, withServices } from "./session.ts";
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
      const keys = (await withServices(({ listKeys }) => listKeys())).map(describeKey);
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
      const rotations = await withServices(({ ring }) => ring.rotate(COMMAND_LINE, { alg, emergency }));
      const rows = rotations
        .map(describeRotation)
        .map(({ kid, alg: name, activates_at, done }) => [
          kid,
          name,
          done ? "signs now" : `signs at ${activates_at}`,
        ]);
      print({ rotations: rotations.map(describeRotation) }, renderTable(["KID", "ALG", ""], rows), json);
    });
