/** User names: another way to say who one is, taken by one person, whatever the case. */
import { describe, expect, test } from "vitest";
import { credentials, newEmail, postJson, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const PASSWORD = "correct horse battery";

const signUpAs = (url: string, username: string) =>
  postJson(`${url}/api/auth/sign-up/email`, { email: newEmail(), name: "Ada", password: PASSWORD, username });

describe("a user name", () => {
  test("signs in with the password, in any case, and with no other", async () => {
    await using server = await startTestServer();
    expect((await signUpAs(server.url, "Ada_L")).status).toBe(200);
    const signIn = (username: string, password: string) =>
      postJson(`${server.url}/api/auth/sign-in/username`, { username, password });
    const response = await signIn("ada_l", PASSWORD);
    expect(response.status).toBe(200);
    await tokenOf(server.url, credentials(response).bearer);
    const [wrong, unknown] = [await signIn("ada_l", "not the password"), await signIn("nobody", PASSWORD)];
    expect([wrong.status, unknown.status]).toEqual([401, 401]);
    const [one, other] = [await wrong.json(), await unknown.json()];
    expect(one.code).toBe(other.code);
  });

  test("is one person's, also when twenty ask for it at once", async () => {
    await using server = await startTestServer();
    const answers = await Promise.all(Array.from({ length: 20 }, () => signUpAs(server.url, "ada")));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    const users = await server.database.sql`select 1 from "user" where username = 'ada'`;
    expect(users).toHaveLength(1);
  });
});
