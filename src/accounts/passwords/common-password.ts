/**
 * Whether a password is one of those everybody tries first: a word of the list as it is, dressed up (`P@ssw0rd2024!`),
 * doubled, or loved; a walk over the keyboard; a date. Pure; the list is `common-words.txt`.
 */
import { isDate, isInterleavedWalk, isWalk, repeatedPart } from "./keyboard.ts";

/** As compared: one spelling for each character (NFKC, Unicode TR 15), no capitals. */
export const fold = (text: string): string => text.normalize("NFKC").toLowerCase();

/** `words` are folded already. */
export function createIsCommon(words: ReadonlySet<string>): (password: string) => boolean {
  const isWord = (text: string): boolean => readings(text).some((each) => words.has(each));
  const isPlain = (text: string): boolean => {
    if (isWord(text) || isWalk(text) || isInterleavedWalk(text)) return true;
    const part = repeatedPart(text);
    if (part !== undefined && (part.length <= 4 || isPlain(part))) return true;
    const loved = text.replace(FAVOURITE, "");
    return loved !== text && isWord(loved);
  };
  return (password) => {
    const folded = fold(password);
    return [folded, folded.replaceAll(/[\s._-]+/g, "")].some((text) => cores(text).some(isPlain));
  };
}

/** Before a word of the list: `ilovebarcelona`, `mypassword`. */
const FAVOURITE = /^(?:i?love(?:you)?|my|the|iam|welcometo)(?=\p{L}{3})/u;

/**
 * A text without what is so often put before or after a word: nothing, a year, a count, an exclamation mark. A text
 * that is nothing else counts as a word.
 */
function cores(text: string): string[] {
  if (text.length > MAX_DRESSED) return [text];
  if (isOnlyDressing(text)) return [text, PASSWORD];
  if (!/\p{L}/u.test(text)) return [text, text.replaceAll(/\D/g, "")];
  const before = Math.min(MAX_DRESSING, /^\P{L}*/u.exec(text)?.[0].length ?? 0);
  const after = Math.min(MAX_DRESSING, /\P{L}*$/u.exec(text)?.[0].length ?? 0);
  const found: string[] = [];
  for (let start = 0; start <= before; start++) {
    if (!isDressing(text.slice(0, start), 3)) continue;
    for (let end = 0; end <= after && start + end < text.length; end++) {
      const core = text.slice(start, text.length - end);
      if (isDressing(text.slice(text.length - end), 3)) found.push(core);
    }
  }
  return found;
}

/** Longer texts are looked up as they are. */
const MAX_DRESSED = 48;
const MAX_DRESSING = 14;

/** `a12345678`, `Mia2019!`: no more than three letters in one place. */
const isOnlyDressing = (text: string): boolean =>
  /^\P{L}*\p{L}{0,3}\P{L}*$/u.test(text) && /\d/.test(text) && isDressing(text.replaceAll(/\p{L}/gu, ""), 1);

/** The one word that is on every list: stands for a text in which there is nothing but dressing. */
const PASSWORD = "password";

/** A few symbols, and digits that are few or say nothing. */
function isDressing(text: string, symbols: number): boolean {
  const digits = text.replaceAll(/\D/g, "");
  if (text.length - digits.length > symbols) return false;
  return digits.length <= 4 || isWalk(digits) || isDate(digits) || (repeatedPart(digits)?.length ?? 9) <= 4;
}

/** A text as it is, and as it reads when its digits and symbols are taken for letters; `1` is i or l. */
function readings(text: string): string[] {
  if (text.length > 40) return [];
  if (!/[^\p{L}]/u.test(text)) return [text];
  const read = (one: string) =>
    text.replaceAll(/[1!]/g, one).replaceAll(/[^\p{L}]/gu, (character) => LEET[character] ?? character);
  return [text, read("i"), read("l")];
}

const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "3": "e",
  "4": "a",
  "@": "a",
  "5": "s",
  $: "s",
  "6": "g",
  "7": "t",
  "+": "t",
  "8": "b",
  "9": "g",
};
