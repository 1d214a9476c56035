/** The lines of a file, one after the other, in constant memory however long one is. */
import { createReadStream } from "node:fs";

export interface FileLine {
  /** Counted from 1. */
  readonly number: number;
  /** Undefined when it is too long, or not UTF-8. */
  readonly text: string | undefined;
  /** How many bytes of the file have been read with it. */
  readonly bytesRead: number;
}

/** Far more than a person needs. */
export const MAX_LINE_BYTES = 65_536;
const NEW_LINE = 0x0a;

/** Lines with nothing on them are counted and left out. */
export async function* readLines(path: string): AsyncGenerator<FileLine> {
  let number = 0;
  let bytesRead = 0;
  let parts: Buffer[] = [];
  let length = 0;

  const finish = (): FileLine | undefined => {
    number++;
    const text = length > MAX_LINE_BYTES ? undefined : decode(Buffer.concat(parts));
    parts = [];
    length = 0;
    return text === "" ? undefined : { number, text, bytesRead };
  };

  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    if (!Buffer.isBuffer(chunk)) throw new Error("expected bytes");
    let from = 0;
    for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, from)) {
      take(chunk.subarray(from, at));
      bytesRead += at + 1 - from;
      from = at + 1;
      const line = finish();
      if (line !== undefined) yield line;
    }
    take(chunk.subarray(from));
    bytesRead += chunk.length - from;
  }
  const last = length > 0 ? finish() : undefined;
  if (last !== undefined) yield last;

  function take(part: Buffer): void {
    length += part.length;
    if (length > MAX_LINE_BYTES) parts = [];
    else parts.push(part);
  }
}

/** Without the white space around it, and without the mark some systems put before a text. */
function decode(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes).trim();
  } catch {
    return undefined;
  }
}
