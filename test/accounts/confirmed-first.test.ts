/** REQUIRE_EMAIL_VERIFICATION: nobody is in before their address is confirmed, and signing up tells nobody who has an account. */
import { describe, expect, test } from "vitest";
import { linkIn, openMailbox } from "../support/mailbox.ts";
import { credentials, newEmail, postJson } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const REQUIRED = { REQUIRE_EMAIL_VERIFICATION: "true" };
const password = "correct horse battery";

async function start() {
  const mailbox = await openMailbox();
  const server = await startTestServer({ env: { ...REQUIRED, SMTP_URL: mailbox.url } });
  const post = (path: string, body: object) => postJson(`${server.url}/api/auth/${path}`, body);
  return {
    mailbox,
    server,
    signUp: (email: string, name = "Ada") => post("sign-up/email", { email, password, name }),
    signIn: (email: string) => post("sign-in/email", { email, password }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await mailbox[Symbol.asyncDispose]();
    },
  };
}

/** What a stranger can compare: the status, each header's name, and the members with their types. */
async function appearance(response: Response) {
  const { user, ...body } = await response.json();
  const { id, createdAt, updatedAt, ...fixed } = user;
  return {
    status: response.status,
    headers: [...response.headers.keys()].toSorted(),
    order: [Object.keys(body), Object.keys(user)],
    body,
    fixed: { ...fixed, email: "" },
    types: [id, createdAt, updatedAt].map((value) => String(value).replaceAll(/[\da-f]/g, "x")),
  };
}

describe("where addresses are confirmed first", () => {
  test("signing up signs nobody in; the link in the mail confirms, and then the password does", async () => {
    await using scene = await start();
    const email = newEmail();
    const signedUp = await scene.signUp(email);
    expect(await signedUp.json()).toMatchObject({ token: null, user: { email, emailVerified: false } });
    expect(credentials(signedUp)).toEqual({ bearer: "", cookie: "" });
    const early = await scene.signIn(email);
    expect(early.status).toBe(403);
    expect(await early.json()).toMatchObject({ code: "EMAIL_NOT_VERIFIED" });
    expect(credentials(early).bearer).toBe("");
    const link = linkIn(await scene.mailbox.next({ to: email, subject: /confirm|verif/i }));
    expect((await fetch(link, { redirect: "manual" })).status).toBe(302);
    const late = await scene.signIn(email);
    expect(late.status).toBe(200);
    expect(credentials(late).bearer).not.toBe("");
  });

  test("signing up looks the same with an address that has an account, whose owner is told by mail", async () => {
    await using scene = await start();
    const [taken, free] = [newEmail(), newEmail()];
    await scene.signUp(taken, "Owner");
    const answers = [await scene.signUp(free), await scene.signUp(taken)];
    const [first, second] = await Promise.all(answers.map(appearance));
    expect(second).toEqual(first);
    const { text } = await scene.mailbox.next({ to: taken, subject: "You have an account" });
    expect(text).toContain("nothing has changed");
    expect(await scene.server.database.sql`select name from "user" where email = ${taken}`).toEqual([
      { name: "Owner" },
    ]);
  });

  test("a user name that somebody takes at the same moment is still said to be taken", async () => {
    await using scene = await start();
    const sign = (email: string) =>
      postJson(`${scene.server.url}/api/auth/sign-up/email`, {
        email,
        password,
        name: "Ada",
        username: "ada",
      });
    const answers = await Promise.all(Array.from({ length: 8 }, () => sign(newEmail())));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(await scene.server.database.sql`select 1 from "user"`).toHaveLength(1);
  });

  test("of twenty sign-ups with one address at once one makes the account, and all look the same", async () => {
    await using scene = await start();
    const email = newEmail();
    const answers = await Promise.all(Array.from({ length: 20 }, () => scene.signUp(email)));
    const appearances = await Promise.all(answers.map(appearance));
    for (const each of appearances) expect(each).toEqual(appearances[0]);
    expect(await scene.server.database.sql`select 1 from "user"`).toHaveLength(1);
    expect(await scene.server.database.sql`select 1 from session`).toHaveLength(0);
  });
});
