/** What the demo looks like: numbered steps, aligned check marks, small tables. `styleText` respects NO_COLOR and pipes. */
import { styleText } from "node:util";

export interface Screen {
  title(text: string): void;
  step(text: string, why: string): void;
  /** A check that held. */
  ok(result: string, what: string, why: string): void;
  /** The check that did not, which ends the demo. */
  wrong(text: string): void;
  /** Lines that show something and check nothing. */
  show(text: string): void;
  table(head: readonly string[], rows: readonly (readonly string[])[]): void;
  readonly checks: number;
}

const INDENT = "     ";
const WHAT_WIDTH = 42;

export function createScreen(write: (line: string) => void): Screen {
  let steps = 0;
  let checks = 0;
  const show = (text: string) => text.split("\n").forEach((line) => write((INDENT + line).trimEnd()));
  return {
    title: (text) => write(styleText("bold", text)),
    step(text, why) {
      steps++;
      write(`\n${styleText(["bold", "cyan"], `${String(steps).padStart(2)}.`)} ${styleText("bold", text)}`);
      show(styleText("dim", why));
    },
    ok(result, what, why) {
      checks++;
      const mark = styleText("green", "✓");
      write(`   ${mark} ${result.padEnd(3)} ${what.padEnd(WHAT_WIDTH)} ${styleText("dim", why)}`.trimEnd());
    },
    wrong: (text) => write(`   ${styleText("red", "✗")} ${text.replaceAll("\n", `\n${INDENT}`)}`),
    show,
    table(head, rows) {
      const widths = head.map((name, at) =>
        Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
      );
      const line = (cells: readonly string[]) =>
        cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ");
      show(styleText("dim", line(head)));
      for (const row of rows) show(line(row));
    },
    get checks() {
      return checks;
    },
  };
}
