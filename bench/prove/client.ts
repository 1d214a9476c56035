/**
 * A resource server in a process of its own, with one verifier library: gets tokens without a pause and verifies each of
 * them at once and again for as long as it lives. Any message asks for its counts.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { decodeProtectedHeader } from "jose";
import { VERIFIERS } from "../verifiers.ts";
import { type Counts, HELD } from "./clients.ts";
import { library as held } from "./held.ts";
import { PERIODS } from "./installation.ts";
import { askForToken, signUp } from "./person.ts";

interface Fresh {
  readonly token: string;
  /** On this process's monotonic clock; a little before the token itself does. */
  readonly diesAt: number;
}

const PAUSE_MS = 20;
const MARGIN_MS = 500;
const MOST_ERRORS = 5;

async function run(name: string, url: string): Promise<void> {
  const library = name === HELD ? held : await VERIFIERS[name]?.();
  if (library === undefined)
    throw new Error(`expected one of ${Object.keys(VERIFIERS).join(", ")}, got ${name}`);
  const verifier = await library.create({
    issuer: url,
    audience: url,
    jwksUri: `${url}/.well-known/jwks.json`,
    cacheMaxAge: PERIODS.cacheMaxAge,
    clockTolerance: PERIODS.clockSkew / 1000,
  });
  const authorization = await signUp(url, `${crypto.randomUUID()}@example.com`);
  const kids = new Set<unknown>();
  const errors = new Set<string>();
  let [verified, failed, refused] = [0, 0, 0];
  let fresh: Fresh[] = [];

  const verify = async ({ token }: Fresh) => {
    try {
      await verifier.verify(token);
      verified += 1;
      kids.add(decodeProtectedHeader(token).kid);
    } catch (error) {
      failed += 1;
      if (errors.size < MOST_ERRORS) errors.add(String(error));
    }
  };
  const work = async () => {
    const askedAt = performance.now();
    const answer = await askForToken(url, authorization).catch(() => 0);
    if (typeof answer === "number") {
      refused += 1;
      return;
    }
    const { alg } = decodeProtectedHeader(answer);
    if (!library.algorithms.some((known) => known === alg)) return;
    const token = { token: answer, diesAt: askedAt + PERIODS.tokenTtl - MARGIN_MS - 1_000 };
    await verify(token);
    fresh = [...fresh.filter(({ diesAt }) => diesAt > performance.now()), token];
    const [oldest] = fresh;
    if (oldest !== undefined && oldest !== token) await verify(oldest);
  };

  process.on("message", () => {
    const counts: Counts = { verified, failed, refused, kids: kids.size, errors: [...errors] };
    process.send?.(counts);
  });
  process.once("disconnect", () => process.exit());
  process.send?.("ready");
  for (;;) {
    await work();
    await sleep(PAUSE_MS);
  }
}

const [, , name = "", url = ""] = process.argv;
await run(name, url);
