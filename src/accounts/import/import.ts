/**
 * People brought along from somewhere else, from a file of one JSON object a line. Each batch is one transaction, and
 * whoever is there is left alone: an import that was interrupted anywhere is finished by running it again. No mail is sent.
 */
import { randomUUID } from "node:crypto";
import type { Database, Transaction } from "../../db/database.ts";
import { StartupError } from "../../errors.ts";
import { type ImportedPerson, type RefusedLine, readLine } from "./line.ts";
import { type FileLine, MAX_LINE_BYTES } from "./lines.ts";
import { type BatchResult, rehearsing, type WriteBatch, writing } from "./write-batch.ts";

/** Few enough for one statement, enough that the statement is not what takes the time. */
const BATCH = 500;

export interface ImportOptions {
  readonly lines: AsyncIterable<FileLine>;
  /** The name of the file, for the audit. */
  readonly source: string;
  /** Everything but the writing. */
  readonly dryRun: boolean;
  /** What to do when somebody with that address is there. */
  readonly onConflict: "skip" | "fail";
  readonly onRefused: (refused: RefusedLine) => void;
  readonly onProgress: (sofar: ImportCount) => void;
  /** Stops after the batch that is being written. */
  readonly signal: AbortSignal;
}

export interface ImportCount {
  readonly lines: number;
  readonly bytesRead: number;
  readonly imported: number;
  /** Of the imported: they need a reset, a link or a provider to sign in. */
  readonly withoutPassword: number;
  readonly skipped: number;
  readonly refused: number;
}

/** Throws a `StartupError` at the first address that is taken, if it is to fail then, and when it is stopped. */
export async function importPeople(db: Database, options: ImportOptions): Promise<ImportCount> {
  if (!options.dryRun) {
    const write = writing(options.source);
    return run(options, (people) => db.transaction((tx) => writeOrFail(write, tx, people, options)));
  }
  return db.transaction(async (tx) => {
    const write = await rehearsing(tx);
    return run(options, (people) => writeOrFail(write, tx, people, options));
  });
}

async function run(
  { lines, onRefused, onProgress, signal }: ImportOptions,
  write: (people: readonly ImportedPerson[]) => Promise<BatchResult>,
): Promise<ImportCount> {
  const count = { lines: 0, bytesRead: 0, imported: 0, withoutPassword: 0, skipped: 0, refused: 0 };
  const now = new Date();
  let batch = startBatch();

  const refuse = (refused: RefusedLine) => {
    count.refused++;
    onRefused(refused);
  };
  const flush = async () => {
    if (batch.people.length > 0) {
      const { created, skipped, refused } = await write(batch.people);
      count.imported += created.length;
      count.withoutPassword += created.filter(({ passwordHash }) => passwordHash === null).length;
      count.skipped += skipped.length;
      refused.forEach(refuse);
      batch = startBatch();
    }
    onProgress(count);
    if (signal.aborted) throw stopped(count);
  };

  for await (const { number, text, bytesRead } of lines) {
    count.lines++;
    const reading =
      text === undefined
        ? { refused: { line: number, reasons: [`expected UTF-8 of at most ${MAX_LINE_BYTES} bytes`] } }
        : readLine(text, { line: number, now, newId: randomUUID });
    if ("refused" in reading) refuse(reading.refused);
    // Whom two lines speak of is decided by the database, one batch after the other.
    else if (!batch.add(reading.person)) {
      await flush();
      batch.add(reading.person);
    }
    count.bytesRead = bytesRead;
    if (count.lines % BATCH === 0) await flush();
  }
  await flush();
  return count;
}

/** `add` is false, and does nothing, for somebody with an id, an address or a username that is in the batch. */
function startBatch() {
  const people: ImportedPerson[] = [];
  const keys = new Set<string>();
  return {
    people,
    add(person: ImportedPerson): boolean {
      const own = [`id ${person.id}`, `email ${person.email}`, `username ${person.username ?? person.id}`];
      if (own.some((key) => keys.has(key))) return false;
      for (const key of own) keys.add(key);
      people.push(person);
      return true;
    },
  };
}

async function writeOrFail(
  write: WriteBatch,
  tx: Transaction,
  people: readonly ImportedPerson[],
  { onConflict }: ImportOptions,
): Promise<BatchResult> {
  const result = await write(tx, people);
  const [first] = result.skipped;
  if (onConflict === "skip" || first === undefined) return result;
  throw new StartupError(
    `line ${Math.min(...result.skipped)}: somebody with this address is there already`,
    "nobody of this batch was imported, everybody of those before it was; take the line out, or run again with --on-conflict skip",
  );
}

const stopped = ({ lines, imported }: ImportCount): StartupError =>
  new StartupError(
    `stopped after ${lines} lines; ${imported} people were imported`,
    "run the same command again: it goes on where it stopped",
  );
