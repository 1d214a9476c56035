/** What the world sees of the keys (the JWKS) beside what an administrator sees (their states). Shows nothing itself. */
import { z } from "zod";
import { Difference } from "./difference.ts";
import type { Setting } from "./setting.ts";

const time = z.string().transform((text) => Date.parse(text));
const adminKeys = z.object({
  now: time,
  keys: z.array(z.object({ kid: z.string(), alg: z.string(), state: z.string(), announced_at: time })),
});
const jwks = z.object({ keys: z.array(z.object({ kid: z.string(), alg: z.string() })) });

interface KeyStates {
  /** The server's time, in milliseconds. */
  readonly now: number;
  readonly keys: readonly { kid: string; alg: string; state: string; announcedAt: number }[];
}

export async function readKeys({ keyturnUrl }: Setting, session: string): Promise<KeyStates> {
  const headers = { authorization: `Bearer ${session}` };
  const { now, keys } = adminKeys.parse(await readJson(`${keyturnUrl}/admin/keys`, { headers }));
  return { now, keys: keys.map(({ announced_at: announcedAt, ...key }) => ({ ...key, announcedAt })) };
}

/** One row for each key in the JWKS: kid, alg, state. */
export async function publishedKeys(setting: Setting, session: string): Promise<string[][]> {
  const published = jwks.parse(await readJson(`${setting.keyturnUrl}/.well-known/jwks.json`));
  const { keys } = await readKeys(setting, session);
  return published.keys.map(({ kid, alg }) => {
    const state = keys.find((key) => key.kid === kid)?.state;
    if (state === undefined) throw new Difference(`${kid} is in the JWKS and unknown to /admin/keys`);
    return [kid, alg, state];
  });
}

async function readJson(url: string, init: RequestInit = {}): Promise<unknown> {
  const response = await fetch(url, init);
  if (response.status === 200) return response.json();
  throw new Difference(`GET ${url}: expected 200, got ${response.status}\n${await response.text()}`);
}
