/** A storm of sign-ups must not take tokens away from those who are signed in. */
import { expect, test } from "vitest";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

test("while two hundred sign-ups wait for their password hash, tokens are still given", async () => {
  await using server = await startTestServer();
  const { bearer } = await signUp(server.url);
  const done: number[] = [];
  const storm = Array.from({ length: 200 }, async () => {
    const body = { email: newEmail(), password: "correct horse battery", name: "Ada" };
    const { status } = await postJson(`${server.url}/api/auth/sign-up/email`, body);
    done.push(status);
  });
  const statuses: number[] = [];
  while (done.length < 100)
    statuses.push((await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status);
  expect(statuses.length).toBeGreaterThan(50);
  expect(new Set(statuses)).toEqual(new Set([200]));
  await Promise.all(storm);
  expect(done).toEqual(Array(200).fill(200));
});
