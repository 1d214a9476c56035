/** What new passwords are refused over HTTP, where, and that old ones still sign in. */
import { describe, expect, test } from "vitest";
import { newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer, type TestServer } from "../support/server.ts";

const REFUSED = {
  code: "PASSWORD_TOO_COMMON",
  type: "urn:keyturn:error:password_too_common",
  errors: [{ field: "password", detail: expect.any(String) }],
};
const signUpWith = (server: TestServer, body: Record<string, string>) =>
  postJson(`${server.url}/api/auth/sign-up/email`, { email: newEmail(), name: "Grace", ...body });
const signInWith = (server: TestServer, email: string, password: string) =>
  postJson(`${server.url}/api/auth/sign-in/email`, { email, password });

describe("a common password", () => {
  test("is refused at sign-up, and nobody is written", async () => {
    await using server = await startTestServer();
    for (const password of ["Password123!", "qwertyuiop", "localhost2024"]) {
      const response = await signUpWith(server, { password });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject(REFUSED);
    }
    expect(await server.database.sql`select 1 from "user"`).toHaveLength(0);
  });

  test("made of the person's own name or address is refused as well", async () => {
    await using server = await startTestServer();
    const own = { email: "hopper.grace@navy.example", name: "Grace Hopper" };
    for (const password of ["hopper.grace@navy.example", "GraceHopper1906", "hopper-grace!!"]) {
      const response = await signUpWith(server, { ...own, password });
      expect(await response.json(), password).toMatchObject(REFUSED);
    }
    expect((await signUpWith(server, { ...own, password: "correct horse battery" })).status).toBe(200);
  });

  test("is refused alike for an address that is taken, so nothing is told of it", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const ask = async (address: string) => {
      const response = await signUpWith(server, { email: address, password: "password123" });
      const { request_id: _, ...body } = await response.json();
      return { status: response.status, body };
    };
    expect(await ask(email)).toEqual(await ask(newEmail()));
  });

  test("is refused when a password is changed, by its owner and by an administrator", async () => {
    await using server = await startTestServer({ env: { ADMIN_EMAIL: "admin@example.com" } });
    const headers = ({ bearer }: { bearer: string }) => ({ authorization: `Bearer ${bearer}` });
    const admin = await signUp(server.url, { email: "admin@example.com" });
    const ada = await signUp(server.url, { name: "Adalbert Nurse" });
    const change = (newPassword: string) =>
      postJson(
        `${server.url}/api/auth/change-password`,
        { currentPassword: ada.password, newPassword },
        headers(ada),
      );
    expect(await (await change("Sunshine2024")).json()).toMatchObject(REFUSED);
    expect(await (await change("adalbert.nurse1")).json()).toMatchObject(REFUSED);
    const set = async (password: string) =>
      fetch(`${server.url}/admin/users/${ada.id}/password`, {
        method: "PUT",
        headers: { ...headers(admin), "content-type": "application/json" },
        body: JSON.stringify({ password }),
      });
    const refused = await set("letmein2024");
    expect(refused.status).toBe(422);
    expect(await refused.json()).toMatchObject({ ...REFUSED, code: "password_too_common" });
    expect((await set("a lantern and a mule")).status).toBe(204);
  });

  test("is refused at a reset, and the link stays good for a better one", async () => {
    await using server = await startTestServer();
    const { id, email } = await signUp(server.url, { name: "Konrad Zuse" });
    const token = await resetToken(server, id);
    const reset = (newPassword: string) =>
      postJson(`${server.url}/api/auth/reset-password`, { token, newPassword });
    expect(await (await reset("iloveyou1")).json()).toMatchObject(REFUSED);
    expect(await (await reset("konradzuse1941")).json()).toMatchObject(REFUSED);
    expect((await reset("a lantern and a mule")).status).toBe(200);
    expect((await signInWith(server, email, "a lantern and a mule")).status).toBe(200);
  });

  test("set before the list was there still signs in", async () => {
    await using server = await startTestServer();
    const { email } = await signUp(server.url);
    const stored = await server.server.services.hashPassword("a lantern and a mule");
    await server.database.sql`update account set password = ${stored}`;
    expect((await signInWith(server, email, "a lantern and a mule")).status).toBe(200);
    const { hash } = await import("@node-rs/argon2");
    const old = await hash("password123", { memoryCost: 19_456, timeCost: 2, parallelism: 1 });
    await server.database.sql`update account set password = ${old}`;
    expect((await signInWith(server, email, "password123")).status).toBe(200);
    expect((await signInWith(server, email, "password1234")).status).toBe(401);
    // An unknown person is not told that what they tried is common.
    expect((await signInWith(server, newEmail(), "password123")).status).toBe(401);
  });
});

/** A reset as it is stored when its mail is sent. */
async function resetToken(server: TestServer, userId: string): Promise<string> {
  const token = "a-token-of-twenty-four-c";
  const { createHash } = await import("node:crypto");
  const identifier = createHash("sha256").update(`reset-password:${token}`).digest("base64url");
  await server.database.sql`
    insert into verification (id, identifier, value, expires_at)
    values ('reset', ${identifier}, ${userId}, now() + interval '1 hour')`;
  return token;
}
