/** Where everything of one embedded Postgres lies. */
import { join, resolve } from "node:path";

export interface Place {
  readonly dataDir: string;
  /** PGDATA. */
  readonly pgdata: string;
  readonly log: string;
}

export function placeIn(directory: string): Place {
  const dataDir = resolve(directory);
  return { dataDir, pgdata: join(dataDir, "postgres"), log: join(dataDir, "postgres.log") };
}
