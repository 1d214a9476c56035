/** A storm of sign-ups and sign-ins must not take tokens away from those who are signed in, nor become a queue. */
import { expect, test } from "vitest";
import { createAdmission } from "../../src/accounts/passwords/admission.ts";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const STORM = 300;

test.each(["sign-up", "sign-in"])(
  "of three hundred at once for %s each gets in or is told when to come back, and tokens are still given",
  async (what) => {
    await using server = await startTestServer();
    const { bearer, email, password } = await signUp(server.url);
    const done: Response[] = [];
    const storm = Array.from({ length: STORM }, async () => {
      const body = { email: what === "sign-up" ? newEmail() : email, password, name: "Ada" };
      done.push(await postJson(`${server.url}/api/auth/${what}/email`, body));
    });
    const statuses: number[] = [];
    while (done.length < STORM) {
      statuses.push((await fetch(`${server.url}/api/auth/token`, asBearer(bearer))).status);
    }
    await Promise.all(storm);
    expect(statuses.length).toBeGreaterThan(5);
    expect(new Set(statuses)).toEqual(new Set([200]));

    const refused = done.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(await refused[0]?.json()).toMatchObject({ code: "too_busy" });
    expect(refused.map(({ headers }) => headers.get("retry-after"))).toEqual(refused.map(() => "5"));
    const others = done.filter(({ status }) => status !== 503);
    expect(others.length).toBeGreaterThanOrEqual(50);
    expect(others.filter(({ status }) => status !== 200)).toEqual([]);
    // The storm has passed.
    await signUp(server.url);
  },
);

test("fifty may be in the line for each thread, and whoever leaves it makes room for one", () => {
  const { enter } = createAdmission(2);
  const leave = Array.from({ length: 100 }, enter);
  expect(enter).toThrow("Too many people");
  leave[0]?.();
  enter();
  expect(enter).toThrow("Too many people");
});
