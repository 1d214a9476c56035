/** Whether a password is little more than what is known of the person: their address, their names, this server's host. Pure. */
import { fold } from "./common-password.ts";

/** Whose password it is to be, as far as it is known. */
export interface Person {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly username?: string | undefined;
}

/** Words that nobody's password may consist of. */
export function personalWords({ email = "", name = "", username = "" }: Person, issuer: string): string[] {
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : issuer;
  const [local = "", domain = ""] = email.split("@");
  const whole = [email, local, domain, name, username, host];
  const parts = [local, name, username].flatMap((text) => text.split(/[^\p{L}\p{N}]+/u));
  const labels = [domain, host].flatMap((text) => text.split(".").slice(0, -1));
  const words = [...whole, ...parts, ...labels].map(compact).filter((word) => word.length >= 3);
  return [...new Set(words)].toSorted((one, other) => other.length - one.length);
}

/** What is left without those words is nothing, or a few digits and symbols around them. */
export function isPersonal(password: string, words: readonly string[]): boolean {
  const text = compact(password);
  let rest = text;
  for (const word of words) rest = rest.replaceAll(word, " ");
  if (rest === text) return false;
  rest = rest.replaceAll(" ", "");
  return rest.replaceAll(/\P{L}/gu, "").length <= 2 && rest.length <= 6;
}

const compact = (text: string): string => fold(text).replaceAll(/[^\p{L}\p{N}]+/gu, "");
