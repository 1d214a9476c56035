/**
 * Who may wait for a password hash. There is a line, because many come at once now and then; it is short, because in a
 * storm it would only grow: whoever would wait long is sent away before anything is done for them.
 */
import { AppError } from "../../errors.ts";

export interface Admission {
  /** Throws `too_busy`, or gives back what is to be called when the request has been answered. */
  enter(): () => void;
}

/** For each thread that hashes: about a second of its time. */
const PLACES = 50;
/** By then all who were in the line are gone. */
const RETRY_SECONDS = 5;

export function createAdmission(threads: number): Admission {
  let inLine = 0;
  return {
    enter() {
      if (inLine >= threads * PLACES) {
        const detail = "Too many people are signing in right now; try again shortly.";
        throw new AppError("too_busy", detail, { retryAfter: RETRY_SECONDS });
      }
      inLine++;
      return () => {
        inLine--;
      };
    },
  };
}
