// What the guards and refusals say, whatever the framework.
import { toRefusal, VerifierError } from "@keyturn/verifier";
import { expect, test } from "vitest";

test("what a guard is asked for cannot break out of the challenge", () => {
  const error = new VerifierError("scope_missing", "log", { description: 'a"b\\c\r\nd', scope: 'x" y' });
  expect(error.challenge).toBe(
    'Bearer error="insufficient_scope", error_description="a?b?c??d", scope="x? y"',
  );
  expect(toRefusal(error).headers["www-authenticate"]).toBe(error.challenge);
});
