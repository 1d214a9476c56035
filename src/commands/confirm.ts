/** Asks before something that cannot be undone. Without a terminal to ask at, only `--yes` will do. */
import { createInterface } from "node:readline/promises";
import { StartupError } from "../errors.ts";

/** Throws a `StartupError` unless the answer is yes. Asks on standard error, so that `--json` stays clean. */
export async function confirm(question: string, { yes }: { yes: boolean }): Promise<void> {
  if (yes) return;
  if (!process.stdin.isTTY) {
    throw new StartupError("this cannot be undone, and there is nobody to ask", "add --yes if you mean it");
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Ctrl-C and Ctrl-D are answers, too.
  const answer = await terminal.question(`${question} [y/N] `).catch(() => "");
  if (!/^y(?:es)?$/i.test(answer.trim())) throw new StartupError("nothing was changed", "answer y to go on");
}
