/**
 * `keyturn keys probe`: after an emergency revocation, makes resource servers fetch the JWKS again, by tokens whose `kid`
 * they cannot know: one for each algorithm, since some look at `alg` before they look for the key.
 * docs/verifier-trust.md says which verifiers that works for.
 */
import { randomUUID } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import { reasonOf } from "../../errors.ts";
import { createProbeToken } from "../../keys/probe-token.ts";
import { ALGORITHMS, type Algorithm } from "../../settings.ts";
import { loadConfigWithoutVault } from "../../vault/load-config.ts";
import { print } from "../session.ts";
import { renderTable } from "../table.ts";

interface ProbeOptions {
  readonly audience?: string;
  readonly alg?: Algorithm;
  readonly json: boolean;
}

/** `refused` is what a resource server that verifies tokens answers (RFC 6750 §3.1). */
interface ProbeResult {
  readonly url: string;
  readonly alg: Algorithm;
  readonly status: number | null;
  readonly refused: boolean;
  readonly answer: string;
}

const PATIENCE_MS = 5_000;
const LIFETIME_SECONDS = 60;

export const probeCommand = (): Command =>
  new Command("probe")
    .description("after a revocation, make resource servers fetch the JWKS: send each tokens of unknown keys")
    .argument("<url...>", "a protected URL of each resource server; asked by GET", collectUrl)
    .option("--audience <aud>", "`aud` of the token (default: TOKEN_AUDIENCE)")
    .addOption(
      new Option("--alg <alg>", "only this algorithm (default: each of KEY_ALGORITHMS)").choices(ALGORITHMS),
    )
    .option("--json", "answer as JSON", false)
    .addHelpText(
      "after",
      "\nThe tokens are refused everywhere. Verifiers that cool down after an unknown kid need a second probe half a minute" +
        "\nlater. Behind a load balancer name every instance. Exit code 1 unless all of them refused with 401.",
    )
    .action(async (urls: string[], { audience, alg, json }: ProbeOptions) => {
      const { ISSUER, TOKEN_AUDIENCE, KEY_ALGORITHMS } = loadConfigWithoutVault();
      const algorithms = alg === undefined ? KEY_ALGORITHMS : [alg];
      const tokens = await Promise.all(
        algorithms.map((name) => createProbe(name, ISSUER, audience ?? TOKEN_AUDIENCE)),
      );
      const results = (await Promise.all(urls.map((url) => sendAll(url, tokens)))).flat();
      const rows = results.map((result) => [
        result.url,
        result.alg,
        String(result.status ?? "-"),
        result.answer,
      ]);
      print({ results }, renderTable(["URL", "ALG", "STATUS", "ANSWER"], rows), json);
      if (results.some(({ refused }) => !refused)) process.exitCode = 1;
    });

interface Probe {
  readonly alg: Algorithm;
  readonly token: string;
}

async function createProbe(alg: Algorithm, iss: string, aud: string): Promise<Probe> {
  const iat = Math.floor(Date.now() / 1000);
  const claims = { iss, aud, sub: "keyturn-probe", iat, exp: iat + LIFETIME_SECONDS, jti: randomUUID() };
  return { alg, token: await createProbeToken(alg, claims) };
}

/** One after the other, as they would come from somebody who tries. */
async function sendAll(url: string, probes: readonly Probe[]): Promise<ProbeResult[]> {
  const results: ProbeResult[] = [];
  for (const probe of probes) results.push(await send(url, probe));
  return results;
}

async function send(url: string, { alg, token }: Probe): Promise<ProbeResult> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    const { status } = response;
    return { url, alg, status, refused: status === 401, answer: explain(response) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { url, alg, status: null, refused: false, answer: `unreachable: ${reasonOf(cause)}` };
  }
}

function explain({ status, headers }: Response): string {
  if (status === 401) return `refused: ${headers.get("www-authenticate") ?? "without WWW-Authenticate"}`;
  if (status === 403) return "refused, but perhaps before it looked at the token";
  if (status < 400)
    return "NOT REFUSED: this path does not verify tokens, or something in front of it answers";
  if (status < 500) return "did not get to the token: name a path it protects, that answers GET";
  return "failed: it could not verify, or is down";
}

function collectUrl(text: string, urls: string[] = []): string[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && (url.username !== "" || url.password !== "")) {
    throw new InvalidArgumentError("expected a URL without a user and password in it");
  }
  if (url?.protocol === "https:" || url?.protocol === "http:") return [...urls, text];
  throw new InvalidArgumentError("expected an http(s) URL such as https://api.example.com/me");
}
