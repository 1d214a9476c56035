// What the guards and refusals say, whatever the framework.
import { readBearer, toRefusal, VerifierError } from "@keyturn/verifier";
import { expect, test } from "vitest";

test("what a guard is asked for cannot break out of the challenge", () => {
  const error = new VerifierError("scope_missing", "log", { description: 'a"b\\c\r\nd', scope: 'x" y' });
  expect(error.challenge).toBe(
    'Bearer error="insufficient_scope", error_description="a?b?c??d", scope="x? y"',
  );
  expect(toRefusal(error).headers["www-authenticate"]).toBe(error.challenge);
});

test.each([
  ["Bearer  abc", "abc"],
  ["bearer abc ", "abc"],
  ["BEARER a b", "a b"],
])("the token of %j is %j", (header, token) => {
  expect(readBearer(header)).toBe(token);
});

test("a long header of spaces is refused as fast as it is read", () => {
  const header = `Bearer${" ".repeat(1_000_000)}`;
  const start = performance.now();
  for (const end of ["", "\n", "\n\n"]) expect(() => readBearer(header + end).trim() || raise()).toThrow();
  // A second for what takes some milliseconds; tried over and over from each space it took many minutes.
  expect(performance.now() - start).toBeLessThan(1_000);
});

const raise = (): never => {
  throw new Error("there is no token");
};
