/**
 * The first token of a process: each run is a fresh one that imports a library, fetches the JWKS and verifies a token.
 * Ours is what `package.ts` has installed. What Node itself needs to start is not in it.
 */
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { startIssuer } from "../trust/issuer.ts";
import { makeKey } from "./key.ts";
import type { InstalledPackage } from "./package.ts";

export interface ColdStarts {
  readonly name: string;
  /** One for each run. */
  readonly milliseconds: readonly number[];
  /** The most in a run. */
  readonly fetches: number;
}

const ROUNDS = 12;

/**
 * Ours first. aws-jwt-verify's own fetcher speaks https only; this does as little as that by http. Not by importing
 * node:http, which, unlike node:https, reads every export of it, and so loads undici for `WebSocket`.
 */
const PROGRAMS = {
  "@keyturn/verifier": `
const { createVerifier } = await import("@keyturn/verifier");
const verifier = createVerifier({ issuer, audience: issuer });
await verifier.verify(token);`,
  jose: `
const { createRemoteJWKSet, jwtVerify } = await import("jose");
const keys = createRemoteJWKSet(new URL(jwksUri));
await jwtVerify(token, keys, { issuer, audience: issuer });`,
  "aws-jwt-verify": `
const { JwtVerifier } = await import("aws-jwt-verify");
const { SimpleJwksCache } = await import("aws-jwt-verify/jwk");
const { get } = process.getBuiltinModule("node:http");
const fetch = (uri) => new Promise((resolve, reject) => {
  get(uri, (answer) => {
    const chunks = [];
    answer.on("data", (chunk) => chunks.push(chunk)).on("end", () => resolve(Buffer.concat(chunks)));
  }).on("error", reject);
});
const jwksCache = new SimpleJwksCache({ fetcher: { fetch } });
const verifier = JwtVerifier.create({ issuer, audience: issuer, jwksUri }, { jwksCache });
await verifier.verify(token);`,
} as const;

export async function measureColdStarts({ folder }: InstalledPackage): Promise<ColdStarts[]> {
  const key = makeKey("EdDSA");
  const server = await startIssuer();
  server.publish(key);
  const { url: issuer, jwksUri } = server;
  const started = Object.entries(PROGRAMS).map(([name, program], index) => ({
    name,
    path: join(folder, `cold-${index}.mjs`),
    program: `const [issuer, jwksUri, token] = process.argv.slice(2);
const start = performance.now();${program}
console.log(performance.now() - start);`,
    milliseconds: new Array<number>(),
    fetches: 0,
  }));
  for (const { path, program } of started) await writeFile(path, program);

  // In turns, and the first round is only for the system to have read the files.
  for (let round = 0; round <= ROUNDS; round++) {
    for (const each of started) {
      const before = server.fetches();
      const args = [each.path, issuer, jwksUri, key.token(issuer)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { env: {} });
      each.fetches = Math.max(each.fetches, server.fetches() - before);
      if (round > 0) each.milliseconds.push(Number(stdout));
    }
  }
  server.close();
  return started.map(({ name, milliseconds, fetches }) => ({ name, milliseconds, fetches }));
}
