/** Text that nobody types: it is the caller's mistake, and said to be. */
import { describe, expect, test } from "vitest";
import { startAdministered } from "../support/admin.ts";
import { newEmail, postJson, signUp } from "../support/people.ts";

describe("a NUL character", () => {
  test("is a 400 wherever administrators send it", async () => {
    await using server = await startAdministered();
    const { id } = await signUp(server.url);
    const requests: [string, string, unknown?][] = [
      ["GET", "users/%00"],
      ["GET", "users?search=%00"],
      ["GET", "sessions?user=%00"],
      ["GET", "audit?actor=%00"],
      ["GET", "organizations?search=%00"],
      ["PUT", "apis/%00", { permissions: [] }],
      ["DELETE", "sessions/%00"],
      ["POST", "users", { email: newEmail(), name: "a\0b" }],
      ["PATCH", `users/${id}`, { name: "\0" }],
      ["POST", `users/${id}/ban`, { reason: "a\0b" }],
      ["PUT", "roles/writer", { permissions: [], description: "\0" }],
    ];
    for (const [method, path, body] of requests) {
      const { status, body: problem } = await server.send(method, path, body);
      expect([status, problem.code], `${method} ${path}`).toEqual([400, "malformed_request"]);
    }
  });

  test.each([
    ["sign-in/username", { username: "ada\0", password: "correct horse battery" }],
    ["reset-password", { token: "\0", newPassword: "correct horse battery" }],
  ])("is a 400 at %s", async (path, body) => {
    await using server = await startAdministered();
    expect((await postJson(`${server.url}/api/auth/${path}`, body)).status).toBe(400);
  });
});
