/** What a new password may be. Its length is the engine's to check; signing in with an old one asks nothing of it. */
import { readFileSync } from "node:fs";
import type { IsBreached } from "./breach.ts";
import { createIsCommon, fold } from "./common-password.ts";
import { isPersonal, type Person, personalWords } from "./personal.ts";

export const MIN_PASSWORD_LENGTH = 8;
export const MAX_PASSWORD_LENGTH = 256;

export interface PasswordPolicy {
  /** Why this person may not have this password, as a sentence for them; `undefined` when they may. */
  refusal(password: string, person: Person): Promise<string | undefined>;
  /** The part of `refusal` that is about the person. */
  personalRefusal(password: string, person: Person): string | undefined;
}

export interface PasswordPolicyParts {
  readonly issuer: string;
  readonly isBreached: IsBreached;
}

export function createPasswordPolicy({ issuer, isBreached }: PasswordPolicyParts): PasswordPolicy {
  let isCommon: ((password: string) => boolean) | undefined;
  const personalRefusal = (password: string, person: Person) =>
    isPersonal(password, personalWords(person, issuer)) ? TOO_PERSONAL : undefined;
  return {
    personalRefusal,
    async refusal(password, person) {
      // Read when the first password is set: most starts never need it.
      isCommon ??= createIsCommon(readWords());
      if (isCommon(password)) return TOO_COMMON;
      const personal = personalRefusal(password, person);
      if (personal !== undefined) return personal;
      return (await isBreached(password)) ? BREACHED : undefined;
    },
  };
}

const TOO_COMMON =
  "This password is one of the first that anybody tries. Choose one that is not a well-known word, name, date or row of keys.";
const TOO_PERSONAL =
  "This password is your own name or address, or this site's. Choose one that nobody can guess from them.";
const BREACHED =
  "This password has been made public by a breach somewhere else. Choose one you have used nowhere.";

const readWords = (): ReadonlySet<string> =>
  new Set(
    fold(readFileSync(new URL("./common-words.txt", import.meta.url), "utf8"))
      .trim()
      .split(/\s+/),
  );
