/** What fingers and counting make: runs over neighbouring keys, the alphabet, a date, one thing again and again. Pure. */

const LAYOUTS: readonly (readonly string[])[] = [
  // A key touches its neighbours, and the two above it.
  ["1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"],
  ["1234567890", "qwertzuiopü", "asdfghjklöä", "yxcvbnm,.-"],
  ["1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn,;:!"],
  ["1234567890", "йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю."],
];
const LINES = ["abcdefghijklmnopqrstuvwxyz", "01234567890"];
const NUMBER_PAD = ["789", "456", "123"];
const SHIFTED = new Map(Array.from("!@#$%^&*()", (symbol, at) => [symbol, "1234567890".charAt(at)]));

const neighbours: ReadonlySet<string> = new Set([
  ...LAYOUTS.flatMap((rows) => rows.flatMap((row, at) => [...along(row), ...up(row, rows[at - 1] ?? "")])),
  ...LINES.flatMap(along),
  ...NUMBER_PAD.flatMap((row, at) => [
    ...along(row),
    ...[-1, 0, 1].flatMap((by) => Array.from(row, (key, x) => key + (NUMBER_PAD[at - 1]?.[x + by] ?? ""))),
  ]),
  "02",
]);

function along(row: string): string[] {
  return Array.from(row, (key, x) => key + (row[x + 1] ?? ""));
}

function up(row: string, above: string): string[] {
  return Array.from(row).flatMap((key, x) => [key + (above[x] ?? ""), key + (above[x + 1] ?? "")]);
}

const touch = (one: string, other: string): boolean =>
  one === other || neighbours.has(one + other) || neighbours.has(other + one);

/** Runs of three keys or more and nothing else: `qwertz123`, `1qaz2wsx`, `147258369`, `abcdef`, `!@#$%^&*`. */
export function isWalk(text: string): boolean {
  const keys = Array.from(text, (key) => SHIFTED.get(key) ?? key);
  let run = 1;
  for (let at = 1; at < keys.length; at++) {
    if (touch(keys[at - 1] ?? "", keys[at] ?? "")) run++;
    else if (run < 3) return false;
    else run = 1;
  }
  return run >= 3;
}

/** Two walks in turn: `1a2b3c4d`. */
export const isInterleavedWalk = (text: string): boolean =>
  text.length >= 6 && isWalk(everySecond(text, 0)) && isWalk(everySecond(text, 1));

const everySecond = (text: string, from: 0 | 1): string =>
  Array.from(text)
    .filter((_, at) => at % 2 === from)
    .join("");

/** What is said again and again, at least twice: `abab` → `ab`. Undefined when nothing is. */
export function repeatedPart(text: string): string | undefined {
  for (let length = 1; length <= text.length / 2; length++) {
    const part = text.slice(0, length);
    if (text.length % length === 0 && part.repeat(text.length / length) === text) return part;
  }
  return undefined;
}

/** Six or eight digits that can be read as a day: `24121987`, `19871224`, `241287`. */
export function isDate(digits: string): boolean {
  const [, a = "", b = "", c = "", d = ""] = /^(\d\d)(\d\d)(\d\d)(\d\d)?$/.exec(digits) ?? [];
  if (a === "") return false;
  if (d === "") return isDayAndMonth(a, b) || isDayAndMonth(b, c);
  return (isYear(c + d) && isDayAndMonth(a, b)) || (isYear(a + b) && isDayAndMonth(c, d));
}

const isYear = (text: string): boolean => Number(text) >= 1900 && Number(text) < 2100;
const isDayAndMonth = (one: string, other: string): boolean => {
  const [low, high] = [Math.min(Number(one), Number(other)), Math.max(Number(one), Number(other))];
  return low >= 1 && low <= 12 && high >= 1 && high <= 31;
};
