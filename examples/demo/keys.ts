/** Chapter: the keys turn, at once where that is safe and later where it is not, and no token fails on the way. */
import { decodeProtectedHeader } from "jose";
import { z } from "zod";
import { Difference } from "./difference.ts";
import { type Person, tokenOf } from "./people.ts";
import { pollUntil } from "./poll.ts";
import { publishedKeys, readKeys } from "./published-keys.ts";
import { ANNOUNCE_PERIOD_MS, type Setting } from "./setting.ts";
import type { Verifiers } from "./verifiers.ts";

const ROTATE = "POST /admin/keys/rotate";
const rotation = z.object({ alg: z.string(), kid: z.string(), activates_at: z.string(), done: z.boolean() });
const rotateAnswer = z.object({ rotations: z.array(rotation) });

export async function refuseStrangers({ screen, keyturn }: Setting, { session }: Person): Promise<void> {
  screen.step("Who may turn the keys", "Those with the permission keys:rotate.");
  await keyturn(ROTATE, { status: 401, code: "unauthenticated", why: "nobody in particular" });
  await keyturn(ROTATE, { bearer: session, status: 403, code: "forbidden", why: "Ben is no administrator" });
}

export async function turnKeys(
  setting: Setting,
  { session }: Person,
  verifiers: Verifiers,
): Promise<{ after: string }> {
  const { screen, keyturn } = setting;
  screen.step(
    "The keys turn",
    "The next key has been public for a while: every cache knows it before it signs.",
  );
  await pollUntil("the next keys are public for long enough", 15_000, async () => {
    const { now, keys } = await readKeys(setting, session);
    return keys.every((key) => key.state !== "announced" || now - key.announcedAt >= ANNOUNCE_PERIOD_MS);
  });
  screen.table(["JWKS before", "alg", "state"], await publishedKeys(setting, session));
  const before = await tokenOf(setting, session, "a token from before the turn");
  await verifiers.accept(before, "the token from before");

  const turned = await keyturn(ROTATE, { bearer: session, status: 200, why: "Ada turns the keys: done" });
  screen.table(["JWKS after", "alg", "state"], await publishedKeys(setting, session));
  const after = await tokenOf(setting, session, "a token from after the turn");
  const kids = rotateAnswer.parse(turned.body).rotations.map(({ kid }) => kid);
  if (!kids.includes(kidOf(after)) || kidOf(before) === kidOf(after))
    throw new Difference(`expected a new key to sign, one of ${kids.join(", ")}; got ${kidOf(after)}`);
  await verifiers.accept(before, "the token from before");
  await verifiers.accept(after, "the token from after");
  const own = { status: 200, why: "and so does the tasks API" };
  await setting.tasks("GET /api/{ada}/tasks", { ...own, bearer: before });
  await setting.tasks("GET /api/{ada}/tasks", { ...own, bearer: after });
  return { after };
}

export async function turnTooEarly(
  setting: Setting,
  { session }: Person,
  verifiers: Verifiers,
  earlier: string,
): Promise<void> {
  const { screen, keyturn } = setting;
  screen.step(
    "Again at once",
    "The new standby is unknown to the caches yet: Keyturn names the earliest safe time.",
  );
  const asked = performance.now();
  const body = { alg: "EdDSA" };
  const scheduled = await keyturn(ROTATE, { bearer: session, body, status: 202, why: "scheduled, not done" });
  const [next] = rotateAnswer.parse(scheduled.body).rotations;
  if (next === undefined || next.done) throw new Difference("expected a turn at a later time");
  screen.show(`${next.kid} signs from ${next.activates_at} on. Waiting …`);
  await pollUntil("the scheduled key signs", 15_000, async () => {
    const { now } = await readKeys(setting, session);
    return now >= Date.parse(next.activates_at);
  });
  const waited = ((performance.now() - asked) / 1000).toFixed(1);
  const latest = await tokenOf(setting, session, `a token ${waited} s later`);
  if (kidOf(latest) !== next.kid) throw new Difference(`expected ${next.kid} to sign, got ${kidOf(latest)}`);
  await verifiers.accept(earlier, "the token from the turn before");
  await verifiers.accept(latest, "the token from the scheduled key");
}

const kidOf = (token: string): string => decodeProtectedHeader(token).kid ?? "";
