/** The question before something that cannot be undone, at a terminal. */
import { PassThrough } from "node:stream";
import { describe, expect, test } from "vitest";
import { confirm } from "../../src/commands/confirm.ts";
import { StartupError } from "../../src/errors.ts";

/** Somebody at a terminal who types this when asked. Resolves with what they were shown. */
async function answer(typed: string): Promise<string> {
  const keyboard = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keyboard });
  const screen = Object.assign(new PassThrough({ encoding: "utf8" }), { isTTY: true, columns: 80 });
  let shown = "";
  screen.on("data", (text) => {
    shown += String(text);
    if (shown.includes("[y/N]") && !keyboard.writableEnded) keyboard.end(typed);
  });
  const [stdin, stderr] = [process.stdin, process.stderr];
  Object.defineProperty(process, "stdin", { value: keyboard, configurable: true });
  Object.defineProperty(process, "stderr", { value: screen, configurable: true });
  try {
    await confirm("Revoke it?", { yes: false });
    return shown;
  } finally {
    Object.defineProperty(process, "stdin", { value: stdin, configurable: true });
    Object.defineProperty(process, "stderr", { value: stderr, configurable: true });
  }
}

describe("a question", () => {
  test.each(["y\r", "Y\r", "yes\r", " yes \r"])("answered with %j goes on", async (typed) => {
    expect(await answer(typed)).toContain("Revoke it? [y/N] ");
  });

  test.each(["\r", "n\r", "no\r", "yess\r", "key\r"])(
    "answered with %j changes nothing and says so",
    async (typed) => {
      const refusal = answer(typed);
      await expect(refusal).rejects.toThrow(StartupError);
      await expect(refusal).rejects.toThrow("nothing was changed");
    },
  );

  test.each([
    ["Ctrl-C", "\u0003"],
    ["Ctrl-D", "\u0004"],
  ])("answered with %s changes nothing and says so, too: it is an answer, not a bug", async (_, typed) => {
    await expect(answer(typed)).rejects.toThrow(StartupError);
  });

  test("is not asked of whoever said yes before", async () => {
    await expect(confirm("Revoke it?", { yes: true })).resolves.toBeUndefined();
  });
});
