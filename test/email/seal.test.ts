/** Waiting mail at rest: read by whoever has the secret, as the row it was written for, and by nobody else. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { createMailSealer } from "../../src/email/seal.ts";

const secret = (version: number) => ({ version, value: `a-secret-of-version-${version}-that-is-long` });
const row = { id: "7a1c", kind: "magic-link", recipient: "ada@example.com" };

test("what is sealed is opened again, and is not to be read in what is kept", () => {
  const sealer = createMailSealer([secret(1)]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 8 }), (text) => {
      const sealed = sealer.seal(row, text);
      expect(sealer.open(row, sealed)).toBe(text);
      expect(sealed).not.toContain(text);
    }),
  );
});

test("a row cannot be passed off as another one's: not its id, its kind or its recipient", () => {
  const sealer = createMailSealer([secret(1)]);
  const sealed = sealer.seal(row, "text");
  for (const change of [{ id: "7a1d" }, { kind: "verification" }, { recipient: "eve@example.com" }]) {
    expect(sealer.open({ ...row, ...change }, sealed)).toBeUndefined();
  }
});

test("a changed text is not opened", () => {
  const sealer = createMailSealer([secret(1)]);
  const sealed = sealer.seal(row, "text");
  for (const damaged of [
    `${sealed.slice(0, -2)}AA`,
    sealed.slice(0, -8),
    "v1.AAAA.AAAA",
    "v1..",
    "",
    "text",
  ]) {
    expect(sealer.open(row, damaged)).toBeUndefined();
  }
});

test("after a rotation the new secret seals and the old one still opens, until it is removed", () => {
  const sealed = createMailSealer([secret(1)]).seal(row, "text");
  const rotated = createMailSealer([secret(2), secret(1)]);
  expect(rotated.open(row, sealed)).toBe("text");
  expect(rotated.seal(row, "text")).toMatch(/^v2\./);
  expect(createMailSealer([secret(2)]).open(row, sealed)).toBeUndefined();
  expect(createMailSealer([{ ...secret(1), value: secret(2).value }]).open(row, sealed)).toBeUndefined();
});
