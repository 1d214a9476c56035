/** Emergency revocation of the key that signs: how long until none of three replicas publishes it any more. */
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Stage } from "../stage.ts";
import { type Installation, openInstallation, type Replica } from "./installation.ts";

export interface RevocationRun {
  readonly alg: string;
  /** Milliseconds from the request until each replica's JWKS lacked the key. */
  readonly goneAfter: readonly number[];
}

const POLL_MS = 3;
const PATIENCE_MS = 10_000;
/** Default periods: the standby is far from its time, so each run is an emergency. */
const SETTINGS = { LOG_LEVEL: "warn", ADMIN_EMAIL: "admin@example.com" } as const;

const listing = z.object({
  keys: z.array(z.object({ kid: z.string(), alg: z.string(), state: z.string() })),
});
const jwks = z.object({ keys: z.array(z.object({ kid: z.string() })) });

export async function proveRevocations(stage: Stage, runs: number): Promise<RevocationRun[]> {
  await using installation = await openInstallation(stage, { settings: SETTINGS });
  const results: RevocationRun[] = [];
  for (let run = 0; run < runs; run++) results.push(await revokeOnce(installation, run));
  return results;
}

async function revokeOnce({ replicas, administrator }: Installation, run: number): Promise<RevocationRun> {
  const headers = { authorization: administrator, "content-type": "application/json" };
  const asked = replicas[run % replicas.length];
  if (asked === undefined) throw new Error("there are no replicas");
  const alg = run % 2 === 0 ? "EdDSA" : "RS256";
  const { keys } = listing.parse(await (await fetch(`${asked.url}/admin/keys`, { headers })).json());
  const kid = keys.find((key) => key.alg === alg && key.state === "signing")?.kid;
  if (kid === undefined) throw new Error(`expected a signing key for ${alg}`);

  const start = performance.now();
  const goneAfter = replicas.map((replica) => isGone(replica, kid).then(() => performance.now() - start));
  const answer = await fetch(`${asked.url}/admin/keys/${kid}/revoke`, {
    method: "POST",
    headers,
    body: JSON.stringify({ reason: "a proof" }),
  });
  if (answer.status !== 200) throw new Error(`revoke: ${answer.status} ${await answer.text()}`);
  return { alg, goneAfter: await Promise.all(goneAfter) };
}

async function isGone({ url, name }: Replica, kid: string): Promise<void> {
  for (const deadline = performance.now() + PATIENCE_MS; performance.now() < deadline; await sleep(POLL_MS)) {
    const { keys } = jwks.parse(await (await fetch(`${url}/.well-known/jwks.json`)).json());
    if (!keys.some((key) => key.kid === kid)) return;
  }
  throw new Error(`${name} still publishes ${kid} after ${PATIENCE_MS} ms`);
}
