/** Private keys at rest. */
import { describe, expect, test } from "vitest";
import { createSealer, sealedUnder, UnsealError } from "../../src/keys/sealing.ts";
import { buildSnapshot } from "../../src/keys/snapshot.ts";

const key = (version: number) => ({ version, value: Buffer.alloc(32, version).toString("base64") });
const secret = () => Buffer.from("a private key");

describe("a sealed key", () => {
  test("opens again, is different each time and says under which version it was sealed", () => {
    const sealer = createSealer([key(3)]);
    const sealed = sealer.seal("kid", secret());
    expect(sealer.unseal("kid", sealed)).toEqual(secret());
    expect(sealed).toMatch(/^v3\./);
    expect(sealer.seal("kid", secret())).not.toBe(sealed);
  });

  test("stays readable after a new key-encryption key was put in front", () => {
    const sealed = createSealer([key(1)]).seal("kid", secret());
    expect(createSealer([key(2), key(1)]).unseal("kid", sealed)).toEqual(secret());
  });

  test.each([
    ["pasted over another key's row", createSealer([key(1)]), "other", (text: string) => text],
    ["under a version that is missing", createSealer([key(2)]), "kid", (text: string) => text],
    [
      "under another key of the same version",
      createSealer([{ ...key(9), version: 1 }]),
      "kid",
      (text: string) => text,
    ],
    [
      "with one character changed",
      createSealer([key(1)]),
      "kid",
      // The first of the ciphertext: the last may be padding in part.
      (text: string) => text.replace(/\.[\w-](?=[\w-]+$)/, (c) => (c === ".A" ? ".B" : ".A")),
    ],
    ["cut short", createSealer([key(1)]), "kid", (text: string) => text.slice(0, 25)],
    ["that is none", createSealer([key(1)]), "kid", () => "nonsense"],
  ])("%s does not open", (_, sealer, kid, damage) => {
    const sealed = createSealer([key(1)]).seal("kid", secret());
    expect(() => sealer.unseal(kid, damage(sealed))).toThrow(UnsealError);
  });

  test("tells the version that opens it to whoever has no key, and a text that is none tells nothing", () => {
    expect(sealedUnder(createSealer([key(12), key(1)]).seal("kid", secret()))).toBe(12);
    for (const text of ["", "nonsense", "v1", "v.a.b", "v1.a.b.c", "v1.a."])
      expect(sealedUnder(text), text).toBeUndefined();
  });

  test("never shows in what is said when it does not open", () => {
    const sealed = createSealer([key(1)]).seal("kid", secret());
    for (const sealer of [createSealer([key(2)]), createSealer([{ ...key(9), version: 1 }])]) {
      let said = "";
      try {
        sealer.unseal("kid", sealed);
      } catch (error) {
        said =
          error instanceof UnsealError ? `${error.version} ${error.message} ${error.stack}` : "another error";
      }
      expect(said).toMatch(/^1 key-encryption key version 1 /);
      for (const part of [...sealed.split(".").slice(1), key(1).value, key(9).value, secret().toString()])
        expect(said).not.toContain(part);
    }
  });

  test("that opens and holds no key is a bug, not a key-encryption key that is missing", () => {
    const sealer = createSealer([key(1)]);
    const times = { kid: "kid", alg: "EdDSA", announcedAt: 0, activatesAt: 0 } as const;
    const stored = {
      key: { ...times, state: "signing", verifyingPeriod: 0 } as const,
      publicJwk: { kid: "kid" },
      sealedPrivateKey: sealer.seal("kid", secret()),
    };
    expect(() => buildSnapshot([stored], sealer)).toThrow(/asn1|DECODER|unsupported/i);
    expect(buildSnapshot([stored], createSealer([key(2)])).sealProblem).toBeInstanceOf(UnsealError);
  });
});
