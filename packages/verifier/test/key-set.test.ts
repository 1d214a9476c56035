// Which keys of a published set are used: one that may not be is passed over, and takes no other down with it.
import { generateKeyPairSync } from "node:crypto";
import { createVerifier } from "@keyturn/verifier";
import { expect, test } from "vitest";
import { ISSUER } from "./support/forge.ts";
import { AUDIENCE, makeKey, startIssuer } from "./support/issuer.ts";
import { keySets } from "./support/key-set-table.ts";
import { codeOf } from "./support/refusal.ts";

const good = await makeKey("EdDSA", "good");
const { jwk } = good;
const rsa = (modulusLength: number): object =>
  generateKeyPairSync("rsa", { modulusLength }).publicKey.export({ format: "jwk" });
const secret = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ format: "jwk" });

const unusable: [string, unknown][] = [
  ["null", null],
  ["a string", "key"],
  ["an array", [jwk]],
  ["an empty object", {}],
  ["a key without kid", { ...jwk, kid: undefined }],
  ["a key with an empty kid", { ...jwk, kid: "" }],
  ["a key without alg", { ...jwk, alg: undefined }],
  ["a key with a symmetric alg", { ...jwk, alg: "HS256" }],
  ["a key for encryption", { ...jwk, use: "enc" }],
  ["a key with odd use", { ...jwk, use: ["sig"] }],
  ["a key for signing only", { ...jwk, key_ops: ["sign"] }],
  ["a private key", { ...secret, alg: "EdDSA", use: "sig" }],
  ["a symmetric key", { kty: "oct", k: "c2VjcmV0", alg: "HS256", use: "sig" }],
  ["a symmetric key that claims EdDSA", { ...jwk, k: "c2VjcmV0" }],
  ["a key whose alg is for another type", { ...jwk, alg: "ES256" }],
  ["a key on another curve", { ...ec, alg: "ES384" }],
  ["a curve that is not there", { kty: "EC", alg: "ES256", crv: "P-256", x: "AA", y: "AA" }],
  ["an Ed25519 key cut short", { ...jwk, x: "AA" }],
  ["an Ed25519 key without x", { ...jwk, x: undefined }],
  ["an RSA key of 1024 bits", { ...rsa(1024), alg: "RS256" }],
  ["an RSA key with exponent 1", { ...rsa(2048), e: "AQ", alg: "RS256" }],
  ["an RSA key with numbers for members", { kty: "RSA", n: 1, e: 1, alg: "RS256" }],
];

test.each(unusable)("%s is passed over, and the good key beside it serves", async (_name, bad) => {
  await using issuer = await startIssuer();
  const named = typeof bad === "object" && bad !== null && !Array.isArray(bad) ? { kid: "bad", ...bad } : bad;
  issuer.instead = (response) => void response.end(JSON.stringify({ keys: [named, jwk] }));
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  expect((await verifier.verify(await issuer.token({}, good))).userId).toBe("user_1");
  // Whatever its kid is made of, nothing verifies with it.
  expect(await codeOf(async () => verifier.verify(await issuer.token({}, { ...good, kid: "bad" })))).toBe(
    "key_unknown",
  );
  verifier.close();
});

test("of two keys with one kid the first usable one counts", async () => {
  const second = await makeKey("EdDSA", "good");
  await using issuer = await startIssuer();
  issuer.published = [{ ...second.jwk, use: "enc" }, jwk, second.jwk];
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE });
  expect((await verifier.verify(await issuer.token({}, good))).userId).toBe("user_1");
  expect(await codeOf(async () => verifier.verify(await issuer.token({}, second)))).toBe("signature_invalid");
  verifier.close();
});

test("a key for an algorithm that is not allowed is passed over", async () => {
  await using issuer = await startIssuer();
  const verifier = createVerifier({ issuer: issuer.url, audience: AUDIENCE, algorithms: ["ES256"] });
  expect(await codeOf(() => verifier.ready())).toBe("keys_unavailable");
  expect(await codeOf(async () => verifier.verify(await issuer.token()))).toBe("algorithm_refused");
  verifier.close();
});

test.each(keySets)("$name: $outcome", async ({ keys, token, outcome }) => {
  const jwks: { keys: object[] } = JSON.parse(JSON.stringify({ keys }));
  const verifier = createVerifier({ issuer: ISSUER, audience: AUDIENCE, jwks });
  if (outcome === "user_1") expect((await verifier.verify(token)).userId).toBe(outcome);
  else expect(await codeOf(() => verifier.verify(token))).toBe(outcome);
});
