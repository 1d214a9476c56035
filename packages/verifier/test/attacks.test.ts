// The attack table, on this Node, and what cannot be a row of it.
import { createVerifier } from "@keyturn/verifier";
import { describe, expect, test } from "vitest";
import { attacks, good, jwks, tampered } from "./support/attack-table.ts";
import { AUDIENCE, ISSUER } from "./support/forge.ts";
import { codeOf, refusalOf } from "./support/refusal.ts";

const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
const goodSignature = good.slice(good.lastIndexOf(".") + 1);

describe("the attack table", () => {
  test.each(attacks)("%s is refused", async (_name, token, code) => {
    expect(await codeOf(() => verifier.verify(token))).toBe(code);
    expect(await codeOf(() => verifier.verifySync(token))).toBe(code);
  });

  test("every row is refused for its own fault: the token it starts from is accepted", async () => {
    expect((await verifier.verify(good)).userId).toBe("user_1");
    expect(verifier.verifySync(good).userId).toBe("user_1");
  });

  test.each([
    ["nothing", undefined],
    ["null", null],
    ["a number", 0],
    ["a symbol", Symbol("token")],
    ["an array of one good token", [good]],
    ["an object that turns into a good token", { toString: () => good }],
  ])("%s instead of a string is refused", async (_name, token) => {
    expect(await codeOf(() => Reflect.apply(verifier.verify, verifier, [token]))).toBe("token_malformed");
    expect(await codeOf(() => Reflect.apply(verifier.verifySync, verifier, [token]))).toBe("token_malformed");
  });

  test("a header seen in a genuine token does not open the door for a forged one", async () => {
    await verifier.verify(good);
    expect(await codeOf(() => verifier.verify(tampered))).toBe("signature_invalid");
  });

  test("no refusal says anything of the token in its challenge or its public text", async () => {
    for (const [, token] of attacks) {
      const refusal = await refusalOf(() => verifier.verify(token));
      expect(refusal.challenge).toMatch(
        /^Bearer error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+"$/,
      );
      expect(`${refusal.challenge}${refusal.description}`).not.toContain("evil");
      expect(refusal.message).not.toMatch(/[\r\n]/);
      expect(refusal.message).not.toContain(goodSignature);
    }
  });
});
