/** Requests whose texts are no use to anybody are the caller's mistake, never ours. */
import { describe, expect, test } from "vitest";
import { asBearer, newEmail, postJson, signUp } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";

const NUL = "a\u0000b";
const password = "correct horse battery";

describe("a text with a NUL character, which Postgres does not have, is 400", () => {
  test.each([
    ["sign-up/email", { email: newEmail(), password, name: NUL }],
    ["sign-in/email", { email: NUL, password }],
    ["sign-in/username", { username: NUL, password }],
    ["sign-in/magic-link", { email: newEmail(), name: NUL }],
    ["reset-password", { token: NUL, newPassword: password }],
    ["update-user", { name: NUL }],
    ["update-user", { image: NUL }],
    ["revoke-session", { token: NUL }],
    ["organization/create", { name: "Club", slug: "club", metadata: { deep: [NUL] } }],
    ["organization/accept-invitation", { invitationId: NUL }],
    ["api-key/create", { name: NUL }],
    ["passkey/delete-passkey", { id: NUL }],
  ])("%s", async (path, body) => {
    await using server = await startTestServer();
    const { bearer } = await signUp(server.url);
    const answer = await postJson(`${server.url}/api/auth/${path}`, body, asBearer(bearer).headers);
    expect([answer.status, (await answer.json()).code]).toEqual([400, "VALIDATION_ERROR"]);
    expect(server.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
  });

  test("in a query as well, also as the name of a member", async () => {
    await using server = await startTestServer();
    const { bearer } = await signUp(server.url);
    const { headers } = asBearer(bearer);
    const query = await fetch(
      `${server.url}/api/auth/organization/get-full-organization?organizationId=%00`,
      { headers },
    );
    expect(query.status).toBe(400);
    const member = await postJson(`${server.url}/api/auth/organization/create`, { [NUL]: 1 }, headers);
    expect(member.status).toBe(400);
  });
});

describe("a profile", () => {
  test.each([
    ["sign-up/email", { email: newEmail(), password, name: "n".repeat(201) }],
    ["sign-in/magic-link", { email: newEmail(), name: "n".repeat(201) }],
    ["update-user", { displayUsername: "n".repeat(201) }],
    ["update-user", { image: `https://example.com/${"n".repeat(2048)}` }],
  ])("is no place for anything long: %s", async (path, body) => {
    await using server = await startTestServer();
    const { bearer } = await signUp(server.url);
    const answer = await postJson(`${server.url}/api/auth/${path}`, body, asBearer(bearer).headers);
    expect([answer.status, (await answer.json()).code]).toEqual([422, "VALIDATION_ERROR"]);
  });
});

test("a body however deep is answered, and the server lives on", async () => {
  await using server = await startTestServer();
  const deep = `{"email":"${newEmail()}","password":"${password}","name":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
  const answer = await fetch(`${server.url}/api/auth/sign-up/email`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: deep,
  });
  expect(answer.status).toBe(400);
  expect((await fetch(`${server.url}/livez`)).status).toBe(200);
});
