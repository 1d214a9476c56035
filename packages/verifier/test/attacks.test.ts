// The attack table and its counterpart, on this Node, and what cannot be a row of it.
import { createVerifier } from "@keyturn/verifier";
import { describe, expect, test } from "vitest";
import { good, goodSignature, tampered } from "./support/attack-row.ts";
import { accepted, attacks, jwks } from "./support/attack-table.ts";
import { AUDIENCE, ISSUER } from "./support/forge.ts";
import { codeOf, refusalOf } from "./support/refusal.ts";

const ALGORITHMS = [
  "EdDSA",
  "Ed25519",
  "RS256",
  "RS512",
  "PS256",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
] as const;
const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
/** Where the list lets nearly everything in, the key's own alg does not. */
const permissive = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks, algorithms: ALGORITHMS });

describe("the attack table", () => {
  test.each(attacks)("%s is refused", async (_name, token, code) => {
    expect(await codeOf(() => verifier.verify(token))).toBe(code);
    expect(await codeOf(() => verifier.verifySync(token))).toBe(code);
    expect(await codeOf(() => permissive.verify(token))).toBe(code);
  });

  test.each(accepted)("%s is accepted, and is nobody's role", async (_name, token) => {
    expect(await verifier.verify(token)).toMatchObject({ userId: "user_1", roles: [] });
    expect(verifier.verifySync(token)).toMatchObject({ userId: "user_1", roles: [] });
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
