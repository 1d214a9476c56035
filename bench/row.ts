/** What a row is: something to measure, chosen by name, with goals it is held to. No I/O here. */
import type { SideBySide } from "./side-by-side.ts";
import type { Stage } from "./stage.ts";
import type { Verdict } from "./verdict.ts";

export interface Row {
  /** What one types to choose it. */
  readonly name: string;
  readonly about: string;
  /** Takes so long, or so much room, that nobody should get it unasked. */
  readonly onlyWhenNamed?: boolean;
  /** Throws when an answer is wrong or a request fails: numbers of a broken server are worth nothing. */
  run(stage: Stage): Promise<RowResult>;
}

export interface RowResult {
  readonly verdicts: readonly Verdict[];
  /** Whoever was measured against each other on the way there. */
  readonly sideBySide?: SideBySide;
}
