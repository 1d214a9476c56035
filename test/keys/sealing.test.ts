/** Private keys at rest. */
import { describe, expect, test } from "vitest";
import { createSealer, UnsealError } from "../../src/keys/sealing.ts";

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
      (text: string) => text.replace(/.$/, (c) => (c === "A" ? "B" : "A")),
    ],
    ["cut short", createSealer([key(1)]), "kid", (text: string) => text.slice(0, 25)],
    ["that is none", createSealer([key(1)]), "kid", () => "nonsense"],
  ])("%s does not open", (_, sealer, kid, damage) => {
    const sealed = createSealer([key(1)]).seal("kid", secret());
    expect(() => sealer.unseal(kid, damage(sealed))).toThrow(UnsealError);
  });
});
