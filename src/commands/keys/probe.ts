/**
 * `keyturn keys probe`: after an emergency revocation, makes resource servers fetch the JWKS again, by a token whose
 * `kid` they cannot know. docs/verifier-trust.md says which verifiers that works for.
 */
import { randomUUID } from "node:crypto";
import { Command, InvalidArgumentError, Option } from "commander";
import { loadConfig } from "../../config.ts";
import { reasonOf } from "../../errors.ts";
import { createProbeToken } from "../../keys/probe-token.ts";
import { ALGORITHMS, type Algorithm } from "../../settings.ts";
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
  readonly status: number | null;
  readonly refused: boolean;
  readonly answer: string;
}

const PATIENCE_MS = 5_000;

export const probeCommand = (): Command =>
  new Command("probe")
    .description(
      "after a revocation, make resource servers fetch the JWKS: send each a token of an unknown key",
    )
    .argument("<url...>", "a protected URL of each resource server; asked by GET", collectUrl)
    .option("--audience <aud>", "`aud` of the token (default: TOKEN_AUDIENCE)")
    .addOption(
      new Option("--alg <alg>", "algorithm of the token (default: the first of KEY_ALGORITHMS)").choices(
        ALGORITHMS,
      ),
    )
    .option("--json", "answer as JSON", false)
    .addHelpText(
      "after",
      "\nThe token is refused everywhere. Verifiers that cool down after an unknown kid need a second probe half a minute" +
        "\nlater. Behind a load balancer name every instance. Exit code 1 unless all of them refused it with 401.",
    )
    .action(async (urls: string[], { audience, alg, json }: ProbeOptions) => {
      const { ISSUER, TOKEN_AUDIENCE, KEY_ALGORITHMS } = loadConfig();
      const issuedAt = Math.floor(Date.now() / 1000);
      const { kid, token } = await createProbeToken(alg ?? KEY_ALGORITHMS[0], {
        iss: ISSUER,
        aud: audience ?? TOKEN_AUDIENCE,
        sub: "keyturn-probe",
        iat: issuedAt,
        exp: issuedAt + 60,
        jti: randomUUID(),
      });
      const results = await Promise.all(urls.map((url) => probe(url, token)));
      const rows = results.map(({ url, status, answer }) => [url, String(status ?? "-"), answer]);
      print({ kid, results }, renderTable(["URL", "STATUS", "ANSWER"], rows), json);
      if (results.some(({ refused }) => !refused)) process.exitCode = 1;
    });

async function probe(url: string, token: string): Promise<ProbeResult> {
  try {
    const response = await fetch(url, {
      headers: { authorization: `Bearer ${token}` },
      redirect: "manual",
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await response.body?.cancel();
    const { status } = response;
    return { url, status, refused: status === 401, answer: explain(response) };
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return { url, status: null, refused: false, answer: `unreachable: ${reasonOf(cause)}` };
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
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return [...urls, text];
  throw new InvalidArgumentError("expected an http(s) URL such as https://api.example.com/me");
}
