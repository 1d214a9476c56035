/**
 * Who verifies in the speed rows, each the way that suits it best: ours, jose and aws-jwt-verify fetch the key from the
 * JWKS once; the others are given it, ready to use.
 */
import { type KeyObject, type VerifyKeyObjectInput, verify } from "node:crypto";
import { createVerifier } from "@keyturn/verifier";
import { createVerifier as createFastJwt } from "fast-jwt";
import { verify as verifyWithHono } from "hono/jwt";
import jwt from "jsonwebtoken";
import type { Algorithm } from "../verifiers/verifier.ts";
import { VERIFIERS } from "../verifiers.ts";
import type { BenchKey, Token } from "./key.ts";
import { FAST_JWT_CACHED, OURS, OURS_SYNC, RAW } from "./speeds.ts";

export interface Contender {
  readonly name: string;
  /** `throws` says that it is done when it returns; `rejects`, that it has to be awaited. */
  readonly refusal: "throws" | "rejects";
  verify(token: Token): unknown;
}

interface Scene {
  readonly algorithm: Algorithm;
  readonly key: BenchKey;
  /** Also the audience. */
  readonly issuer: string;
  readonly jwksUri: string;
}

const CLOCK_TOLERANCE = 5;
/** As many as ours keeps by default. */
const CACHED_TOKENS = 10_000;

export async function createContenders(scene: Scene): Promise<Contender[]> {
  return [
    ...(await createOurs(scene)),
    createRaw(scene),
    await createLibrary("jose", scene),
    await createLibrary("aws-jwt-verify", scene),
    ...createFastJwts(scene),
    // It knows no EdDSA.
    ...(scene.algorithm === "EdDSA" ? [] : [createJsonWebToken(scene)]),
    await createHono(scene),
  ];
}

async function createOurs({ issuer, jwksUri }: Scene): Promise<Contender[]> {
  const options = { issuer, audience: issuer, jwksUri };
  const verifier = createVerifier(options);
  const sync = createVerifier(options);
  await sync.ready();
  const uncached = createVerifier({ ...options, tokenCache: false });
  return [
    { name: OURS, refusal: "rejects", verify: ({ text }) => verifier.verify(text) },
    { name: OURS_SYNC, refusal: "throws", verify: ({ text }) => sync.verifySync(text) },
    { name: `${OURS}, no token cache`, refusal: "rejects", verify: ({ text }) => uncached.verify(text) },
  ];
}

/** Nothing but the signature, of bytes that are laid out already. */
function createRaw({ algorithm, key: { publicKey } }: Scene): Contender {
  const hash = algorithm === "EdDSA" ? null : "sha256";
  const key: KeyObject | VerifyKeyObjectInput =
    algorithm === "ES256" ? { key: publicKey, dsaEncoding: "ieee-p1363" } : publicKey;
  return {
    name: RAW,
    refusal: "throws",
    verify({ data, signature }) {
      if (!verify(hash, data, key, signature)) throw new Error("expected the signature to match");
    },
  };
}

async function createLibrary(library: string, { issuer, jwksUri }: Scene): Promise<Contender> {
  const load = VERIFIERS[library];
  if (load === undefined) throw new Error(`expected one of ${Object.keys(VERIFIERS).join(", ")}`);
  const { name, create } = await load();
  const verifier = await create({ issuer, audience: issuer, jwksUri, clockTolerance: CLOCK_TOLERANCE });
  return { name, refusal: "rejects", verify: ({ text }) => verifier.verify(text) };
}

function createFastJwts({ algorithm, key, issuer }: Scene): Contender[] {
  const options = {
    key: key.publicKey.export({ type: "spki", format: "pem" }),
    algorithms: [algorithm],
    allowedIss: issuer,
    allowedAud: issuer,
    requiredClaims: ["iss", "aud", "exp"],
    clockTolerance: CLOCK_TOLERANCE * 1000,
  };
  const plain = createFastJwt(options);
  const cached = createFastJwt({ ...options, cache: CACHED_TOKENS });
  return [
    { name: "fast-jwt", refusal: "throws", verify: ({ text }) => plain(text) },
    { name: FAST_JWT_CACHED, refusal: "throws", verify: ({ text }) => cached(text) },
  ];
}

function createJsonWebToken({ algorithm, key: { publicKey }, issuer }: Scene): Contender {
  const algorithms = [algorithm];
  const options = { issuer, audience: issuer, algorithms, clockTolerance: CLOCK_TOLERANCE };
  return {
    name: "jsonwebtoken",
    refusal: "throws",
    verify: ({ text }) => jwt.verify(text, publicKey, options),
  };
}

async function createHono({ algorithm, key: { publicKey }, issuer }: Scene): Promise<Contender> {
  const key = await crypto.subtle.importKey(
    "jwk",
    publicKey.export({ format: "jwk" }),
    WEB_CRYPTO_NAMES[algorithm],
    false,
    ["verify"],
  );
  const options = { alg: algorithm, iss: issuer, aud: issuer };
  return { name: "hono/jwt", refusal: "rejects", verify: ({ text }) => verifyWithHono(text, key, options) };
}

const WEB_CRYPTO_NAMES = {
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  ES256: { name: "ECDSA", namedCurve: "P-256" },
} as const;
