/** `keyturn keys revoke`: take a key out of the JWKS at once. */
import { Command, InvalidArgumentError } from "commander";
import { COMMAND_LINE } from "../../audit/audit.ts";
import { describeRevocation } from "../../http/admin/key-view.ts";
import { verifierPatience } from "../../keys/policy.ts";
import { MAX_REASON_LENGTH, parseReason } from "../../keys/revocation.ts";
import { revokeKey } from "../../keys/revoke.ts";
import { confirm } from "../confirm.ts";
import { print } from "../session.ts";
import { withTurnParts } from "./turn.ts";

interface RevokeOptions {
  readonly reason: string;
  readonly yes: boolean;
  readonly json: boolean;
}

export const revokeCommand = (): Command =>
  new Command("revoke")
    .description("take a key out of the JWKS at once; if it is the one that signs, the standby takes over")
    .argument("<kid>", "as `keyturn keys list` shows it; put -- before one that begins with -")
    .requiredOption("--reason <text>", "why, for the audit and for whoever looks at it later", readReason)
    .option("--yes", "do not ask", false)
    .option("--json", "answer as JSON", false)
    .addHelpText("after", "\nTokens the key has signed stop being valid. There is no way back.")
    .action(async (kid: string, { reason, yes, json }: RevokeOptions) => {
      await confirm(`Revoke ${kid}? Every token it has signed stops being valid; there is no way back.`, {
        yes,
      });
      const described = await withTurnParts(async (parts, config) => {
        const { revocation } = await revokeKey(parts, COMMAND_LINE, { kid, reason });
        return describeRevocation(revocation, verifierPatience(config));
      });
      print(
        described,
        [`revoked ${kid} (${described.alg}, was ${described.was})`, ...described.consequences],
        json,
      );
    });

function readReason(text: string): string {
  const reason = parseReason(text);
  if (reason === undefined) {
    throw new InvalidArgumentError(`expected one line of 1 to ${MAX_REASON_LENGTH} characters`);
  }
  return reason;
}
