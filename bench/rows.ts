/** All rows, in the order they run and are printed. To add one: its file in `rows/`, and its line here. */
import type { Row } from "./row.ts";
import { apiKey } from "./rows/api-key.ts";
import { growth } from "./rows/growth.ts";
import { jwks } from "./rows/jwks.ts";
import { session } from "./rows/session.ts";
import { start } from "./rows/start.ts";
import { storm } from "./rows/storm.ts";
import { timing } from "./rows/timing.ts";
import { token } from "./rows/token.ts";
import { verifier } from "./rows/verifier.ts";

export const ROWS: readonly Row[] = [jwks, token, session, apiKey, start, storm, timing, verifier, growth];
