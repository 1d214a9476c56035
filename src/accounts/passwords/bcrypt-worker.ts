/** The thread of `bcrypt.ts`: one question after the other, no more. */
import { parentPort } from "node:worker_threads";
import { compareSync } from "bcryptjs";
import type { BcryptAnswer, BcryptQuestion } from "./bcrypt.ts";

parentPort?.on("message", ({ id, password, stored }: BcryptQuestion) => {
  const answer: BcryptAnswer = { id, same: compareSync(password, stored) };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- to a thread, which has none
  parentPort?.postMessage(answer);
});
