// Whatever comes in, what comes out is an Auth or a VerifierError; and no byte of a good token can be changed.
import { createVerifier, VerifierError } from "@keyturn/verifier";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { AUDIENCE, encode, forge, HEADER, ISSUER, JWK, signRaw, signSegments } from "./support/forge.ts";
import { codeOf } from "./support/refusal.ts";

const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks: { keys: [JWK] } });
const good = forge({ roles: ["admin"], nested: { a: [1, { b: null }] } });

/** The error of `verify`, `undefined` when the token was accepted; `verifySync` has to agree. */
async function outcome(token: string): Promise<unknown> {
  const later = await verifier.verify(token).then(
    () => undefined,
    (error: unknown) => error,
  );
  try {
    verifier.verifySync(token);
    expect(later).toBeUndefined();
  } catch (error) {
    expect(error).toMatchObject({ code: later instanceof VerifierError ? later.code : "none" });
  }
  return later;
}

const isRefusal = async (token: string): Promise<boolean> => (await outcome(token)) instanceof VerifierError;
const isOrderly = async (token: string): Promise<boolean> => {
  const error = await outcome(token);
  return error === undefined || error instanceof VerifierError;
};
const anyText = fc.string({ unit: "binary", maxLength: 300 });

test("any string is refused with a VerifierError", async () => {
  await fc.assert(fc.asyncProperty(anyText, isRefusal), { numRuns: 500 });
});

test("any three segments are refused with a VerifierError", async () => {
  const segment = fc.uint8Array({ maxLength: 80 }).map((bytes) => encode(bytes));
  const token = fc.tuple(segment, segment, segment).map((segments) => segments.join("."));
  await fc.assert(fc.asyncProperty(token, isRefusal), { numRuns: 500 });
});

test("any text as a signed header or payload ends in order", async () => {
  const text = fc.oneof(anyText, fc.json({ maxDepth: 5 }));
  await fc.assert(fc.asyncProperty(text, (header) => isOrderly(signRaw(header, "{}"))));
  await fc.assert(fc.asyncProperty(text, (payload) => isOrderly(signRaw(JSON.stringify(HEADER), payload))));
});

test("any values in header and claims end in order", async () => {
  const names = [
    "alg",
    "typ",
    "kid",
    "crit",
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "roles",
    "scope",
    "sid",
  ];
  const members = fc.dictionary(fc.constantFrom(...names), fc.jsonValue());
  await fc.assert(fc.asyncProperty(members, members, (claims, header) => isOrderly(forge(claims, header))));
});

test("a good token with one character changed is refused", async () => {
  const change = fc.tuple(fc.nat(good.length - 1), fc.string({ unit: "binary", minLength: 1, maxLength: 1 }));
  await fc.assert(
    fc.asyncProperty(change, async ([at, character]) => {
      const changed = good.slice(0, at) + character + good.slice(at + 1);
      return changed === good || isRefusal(changed);
    }),
    { numRuns: 500 },
  );
});

test("a good token cut or extended anywhere is refused", async () => {
  const cut = fc.tuple(fc.nat(good.length - 1), fc.string({ maxLength: 4 }));
  await fc.assert(fc.asyncProperty(cut, ([at, tail]) => isRefusal(good.slice(0, at) + tail)));
});

test("custom claims come out as they went in, however they are spelled", async () => {
  const claims = fc.dictionary(
    fc.string({ maxLength: 8 }).map((name) => `x-${name}`),
    fc.jsonValue({ maxDepth: 4 }),
    { maxKeys: 5 },
  );
  await fc.assert(
    fc.asyncProperty(claims, fc.nat(3), async (custom, indent) => {
      const plain: Record<string, unknown> = JSON.parse(JSON.stringify(custom));
      const payload = JSON.parse(Buffer.from(good.split(".")[1] ?? "", "base64url").toString());
      const text = JSON.stringify({ ...payload, ...plain }, null, indent);
      const auth = await verifier.verify(signSegments(encode(JSON.stringify(HEADER)), encode(text)));
      for (const [name, value] of Object.entries(plain)) expect(auth.claims[name]).toEqual(value);
    }),
  );
});

/** Every UTF-16 unit as an escape (RFC 8259 §7). */
const escaped = (text: string): string =>
  `"${text.replace(/[^]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;

test("any member written twice is refused, however it is spelled", async () => {
  const name = fc.string({ minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(name, fc.boolean(), async (member, spelled) => {
      const second = spelled ? escaped(member) : JSON.stringify(member);
      const twice = `{"deep":[{${JSON.stringify(member)}:1, ${second} :2}]}`;
      return (
        (await codeOf(() => verifier.verify(signRaw(JSON.stringify(HEADER), twice)))) === "token_malformed"
      );
    }),
  );
});

test("any bytes as a signed header or payload end in order", async () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  await fc.assert(fc.asyncProperty(bytes, (header) => isOrderly(signRaw(header, "{}"))));
  await fc.assert(fc.asyncProperty(bytes, (payload) => isOrderly(signRaw(JSON.stringify(HEADER), payload))));
});

const [header = "", payload = ""] = good.split(".").map((one) => Buffer.from(one, "base64url").toString());
/** What parsers stumble over. */
const fragment = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    "}",
    "[",
    "]",
    '"',
    ":",
    ",",
    "\\",
    "\\u",
    "\\ud800",
    "\0",
    "\ufeff",
    "-",
    "1e999",
    "null",
  ),
  fc.string({ unit: "binary", maxLength: 3 }),
);
/** Places as fractions of a text's length, and what stands between two of them instead. */
const mutation = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(4), fragment);
const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });
const mutate = (text: string, changes: readonly (readonly [number, number, string])[]): string =>
  changes.reduce((changed, [place, length, instead]) => {
    const at = Math.floor(place * changed.length);
    return changed.slice(0, at) + instead + changed.slice(at + length);
  }, text);

test("a good header or payload with pieces changed, signed again, ends in order", async () => {
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      return (
        (await isOrderly(signRaw(mutate(header, changes), payload))) &&
        (await isOrderly(signRaw(header, mutate(payload, changes))))
      );
    }),
    { numRuns: 500 },
  );
});

test("what is accepted after that says what JSON says", async () => {
  await fc.assert(
    fc.asyncProperty(mutations, async (changes) => {
      const text = mutate(payload, changes);
      const auth = await verifier.verify(signRaw(header, text)).catch(() => undefined);
      if (auth !== undefined) expect(auth.claims).toEqual(JSON.parse(text));
    }),
    { numRuns: 500 },
  );
});

test("the segments of a good token in any other order or number are refused", async () => {
  const pieces = fc.array(fc.constantFrom(...good.split("."), "", "AA"), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(pieces, async (segments) => {
      const token = segments.join(".");
      return token === good || isRefusal(token);
    }),
    { numRuns: 300 },
  );
});
