/** A storm of sign-ups must not take tokens away from those who are signed in. */
import { expect, test } from "vitest";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const STORM = 200;

test("while two hundred sign-ups wait for their password hash, tokens are still given", async () => {
  await using server = await startTestServer();
  const { bearer } = await signUp(server.url);
  const done: number[] = [];
  const storm = Array.from({ length: STORM }, async () => {
    const body = { email: newEmail(), password: "correct horse battery", name: "Ada" };
    const attempt = postJson(`${server.url}/api/auth/sign-up/email`, body);
    done.push(await attempt.then(({ status }) => status).catch(() => 0));
  });
  const statuses: number[] = [];
  while (done.length < STORM) {
    statuses.push((await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status);
  }
  await Promise.all(storm);
  expect(statuses.length).toBeGreaterThan(5);
  expect(new Set(statuses)).toEqual(new Set([200]));
  expect(done).toEqual(Array(STORM).fill(200));
});
