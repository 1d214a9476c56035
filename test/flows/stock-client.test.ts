/** One person's life by Better Auth's own client library: what front ends do is done here as they do it. */
import { apiKeyClient } from "@better-auth/api-key/client";
import { createAuthClient } from "better-auth/client";
import { twoFactorClient, usernameClient } from "better-auth/client/plugins";
import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { newEmail, tokenOf } from "../support/people.ts";
import { startTestServer } from "../support/server.ts";
import { totpOf } from "../support/totp.ts";

const password = "correct horse battery";

/** As a bearer client does it: the token of the last answer that had one goes with the next request. */
function openClient(baseURL: string) {
  const kept = { bearer: "", cookie: "" };
  const client = createAuthClient({
    baseURL,
    plugins: [usernameClient(), twoFactorClient(), apiKeyClient()],
    fetchOptions: {
      auth: { type: "Bearer", token: () => kept.bearer },
      onRequest: (context) => {
        if (kept.cookie !== "") context.headers.set("cookie", kept.cookie);
      },
      onResponse: ({ response }) => {
        kept.bearer = response.headers.get("set-auth-token") ?? kept.bearer;
        const challenge = response.headers.getSetCookie().find((line) => line.includes("two_factor="));
        if (challenge !== undefined) kept.cookie = challenge.split(";", 1)[0] ?? "";
      },
    },
  });
  return { client, kept };
}

describe("Better Auth's client", () => {
  test("signs up with a user name, signs in by it, and changes what is known of the person", async () => {
    await using server = await startTestServer();
    const { client, kept } = openClient(server.url);
    const made = await client.signUp.email({ email: newEmail(), password, name: "Ada", username: "Ada_L" });
    expect(made.error).toBeNull();
    await client.signOut();
    const { data } = await client.signIn.username({ username: "ada_l", password });
    expect(data?.user).toMatchObject({ username: "ada_l", displayUsername: "Ada_L" });
    await client.updateUser({ name: "Ada Lovelace" });
    expect(decodeJwt(await tokenOf(server.url, kept.bearer))).toMatchObject({ name: "Ada Lovelace" });
    expect(
      (await client.signIn.username({ username: "ada_l", password: "wrong password" })).error?.code,
    ).toBe("INVALID_USERNAME_OR_PASSWORD");
  });

  test("enables a second factor, is asked for it, and goes on by a backup code", async () => {
    await using server = await startTestServer();
    const { client, kept } = openClient(server.url);
    const email = newEmail();
    await client.signUp.email({ email, password, name: "Ada" });
    const { data: enabled } = await client.twoFactor.enable({ password });
    if (enabled?.method !== "totp") throw new Error("expected an authenticator");
    expect((await client.twoFactor.verifyTotp({ code: totpOf(enabled.totpURI) })).error).toBeNull();
    await client.signOut();
    kept.bearer = "";
    const { data: asked } = await client.signIn.email({ email, password });
    expect(asked).toMatchObject({ twoFactorRedirect: true });
    const { error } = await client.twoFactor.verifyBackupCode({ code: enabled.backupCodes[0] ?? "" });
    expect(error).toBeNull();
    expect(decodeJwt(await tokenOf(server.url, kept.bearer))).toMatchObject({ email });
  });

  test("makes an API key, lists it without its secret, and takes it back", async () => {
    await using server = await startTestServer();
    const { client } = openClient(server.url);
    await client.signUp.email({ email: newEmail(), password, name: "Ada" });
    const { data: made } = await client.apiKey.create({ name: "deploy" });
    const exchange = () =>
      fetch(`${server.url}/api/auth/token`, { headers: { "x-api-key": made?.key ?? "" } });
    expect((await exchange()).status).toBe(200);
    const listed = await client.apiKey.list();
    expect(JSON.stringify(listed.data)).toContain("deploy");
    expect(JSON.stringify(listed.data)).not.toContain(made?.key);
    await client.apiKey.delete({ keyId: made?.id ?? "" });
    expect((await exchange()).status).toBe(401);
  });
});
