// What a permission covers.
import { permits } from "@keyturn/verifier";
import * as fc from "fast-check";
import { expect, test } from "vitest";

test.each<[string, string, boolean]>([
  ["tasks:read", "tasks:read", true],
  ["tasks:read", "tasks:write", false],
  ["*", "tasks:read", true],
  ["*", "anything", true],
  ["tasks:*", "tasks:read", true],
  ["tasks:*", "tasks:comments:write", true],
  ["tasks:*", "tasks", false],
  ["tasks:*", "tasks:", false],
  ["tasks:*", "tasksets:read", false],
  ["tasks:*", "tasks:*", true],
  ["tasks:read", "tasks:*", false],
  ["tasks:read", "*", false],
  ["tasks*", "tasks:read", false],
  ["*:read", "tasks:read", false],
  ["tasks:*:read", "tasks:comments:read", false],
  ["tasks:*:read", "tasks:*:read", true],
  ["Tasks:read", "tasks:read", false],
  [":*", ":read", true],
  ["", "tasks:read", false],
  ["tasks:read ", "tasks:read", false],
])("%j covers %j: %s", (held, wanted, outcome) => {
  expect(permits([held], wanted)).toBe(outcome);
});

test("nothing held covers nothing", () => {
  expect(permits([], "tasks:read")).toBe(false);
});

test("one of several suffices", () => {
  expect(permits(["billing:read", "tasks:*"], "tasks:read")).toBe(true);
});

test("without a wildcard only the very same permission covers", () => {
  const plain = fc.string().filter((text) => !text.includes("*"));
  fc.assert(fc.property(plain, plain, (held, wanted) => permits([held], wanted) === (held === wanted)));
});
