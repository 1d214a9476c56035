/** `keyturn keys`: the verbs of `/admin/keys`, for whoever has the machine, and some more. */
import { Command } from "commander";
import { abandonCommand } from "./keys/abandon.ts";
import { listCommand } from "./keys/list.ts";
import { probeCommand } from "./keys/probe.ts";
import { revokeCommand } from "./keys/revoke.ts";
import { rewrapCommand } from "./keys/rewrap.ts";
import { rotateCommand } from "./keys/rotate.ts";
import { timelineCommand } from "./keys/timeline.ts";

export const keysCommand = (): Command =>
  new Command("keys")
    .description("signing keys")
    .addCommand(listCommand())
    .addCommand(timelineCommand())
    .addCommand(rotateCommand())
    .addCommand(revokeCommand())
    .addCommand(probeCommand())
    .addCommand(rewrapCommand())
    .addCommand(abandonCommand());
