/**
 * Whether a password is in a public collection of breached ones, asked without telling it: five characters of its SHA-1
 * leave, all that begin alike come back (k-anonymity, the range interface of Have I Been Pwned). Whoever cannot be
 * asked stops nobody.
 */
import { createHash } from "node:crypto";
import type { Logger } from "../../logger.ts";

export type IsBreached = (password: string) => Promise<boolean>;

export interface BreachCheckParts {
  /** Ends where the five characters go; absent: nobody is asked. */
  readonly url: string | undefined;
  readonly logger: Logger;
}

const TIME_LIMIT_MS = 1_000;
/** Some twenty times the usual answer. */
const MAX_ANSWER_BYTES = 1_000_000;

export function createBreachCheck({ url, logger }: BreachCheckParts): IsBreached {
  if (url === undefined) return async () => false;
  const base = url.endsWith("/") ? url : `${url}/`;
  let inTrouble = false;
  return async (password) => {
    const digest = createHash("sha1").update(password).digest("hex").toUpperCase();
    try {
      const found = holds(await readRange(new URL(digest.slice(0, 5), base)), digest.slice(5));
      if (inTrouble) logger.info("the breach check answers again");
      inTrouble = false;
      return found;
    } catch (error) {
      // One line for each time of trouble, not for each password.
      if (!inTrouble)
        logger.warn({ err: error }, "the breach check does not answer; passwords pass without it");
      inTrouble = true;
      return false;
    }
  };
}

async function readRange(url: URL): Promise<string> {
  const response = await fetch(url, {
    headers: { "Add-Padding": "true", "User-Agent": "keyturn" },
    redirect: "error",
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`expected 200, got ${response.status}`);
  }
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER_BYTES) throw new Error(`expected at most ${MAX_ANSWER_BYTES} bytes`);
  }
  return text;
}

/** Lines of `<35 characters>:<count>`; those that only pad the answer have a count of 0. */
const holds = (range: string, suffix: string): boolean =>
  range.split(/\r?\n/).some((line) => {
    const [found = "", count = "0"] = line.trim().split(":");
    return found.toUpperCase() === suffix && Number(count) > 0;
  });
