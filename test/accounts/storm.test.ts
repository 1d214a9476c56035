/** A storm of sign-ups and sign-ins must not take tokens away from those who are signed in, nor become a queue. */
import { expect, test, vi } from "vitest";
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

test("for each thread three are let in and fifty wait; whoever has their hash lets the next one in", async () => {
  const { pass, hashed } = createAdmission(1);
  const begun: number[] = [];
  const hash = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const work = (number: number) =>
    pass(async () => {
      begun.push(number);
      await hash.promise;
      hashed();
      await rest.promise;
    });
  const all = Array.from({ length: 53 }, (_, number) => work(number));
  await expect(work(53)).rejects.toMatchObject({ code: "too_busy", retryAfter: 5 });
  expect(begun).toEqual([0, 1, 2]);
  hash.resolve();
  // None of them has ended.
  await vi.waitFor(() => expect(begun).toHaveLength(53));
  rest.resolve();
  await Promise.all(all);
});

test("whoever fails before there is a hash lets the next one in, too", async () => {
  const { pass } = createAdmission(1);
  const failing = Array.from({ length: 10 }, () => pass(() => Promise.reject(new Error("no"))));
  expect((await Promise.allSettled(failing)).map(({ status }) => status)).toEqual(Array(10).fill("rejected"));
  expect(await pass(async () => "in")).toBe("in");
});
