/** What it looks like when the connection to Postgres is gone, or Postgres sends everybody away. */
import { hasCode } from "./error-code.ts";

/**
 * The socket's and postgres.js' own codes, and Postgres' classes 08 (connection), 53 (out of resources) and 57 (operator
 * intervention); 55000 is a database that accepts no connections, 55P03 a lock that somebody else does not give back.
 */
const UNREACHABLE =
  /^(?:ECONNREFUSED|ECONNRESET|ENOENT|ENOTFOUND|EPIPE|CONNECT|CONNECTION_|08|53|57|55000|55P03)/;

/** The connection itself has ended, or is about to: nothing can be said on it any more. */
const ENDED = /^(?:ECONNRESET|EPIPE|CONNECTION_|08|57P0)/;

/** Trying again later makes sense. */
export const isUnreachable = (error: unknown): boolean => hasCode(error, UNREACHABLE);

export const hasEnded = (error: unknown): boolean => hasCode(error, ENDED);
