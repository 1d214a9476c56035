/** A database that neither answers nor hangs up. */
import { expect, test } from "vitest";
import { withinDeadline } from "../../src/db/deadline.ts";

test("an answer in time is the answer, and a failure in time the failure", async () => {
  expect(await withinDeadline(Promise.resolve(1))).toBe(1);
  await expect(withinDeadline(Promise.reject(new Error("no")))).rejects.toThrow("no");
});

test("no answer at all is a refusal that says the database is away", async () => {
  const never = new Promise(() => {});
  await expect(withinDeadline(never, 20)).rejects.toMatchObject({ code: "CONNECT_TIMEOUT" });
});
