/** `kill -9` in the middle of work: nothing acknowledged is lost, nothing is made twice. */
import { createRemoteJWKSet, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { createDataDir } from "../support/data-dir.ts";
import { newEmail, postJson, signUp, tokenOf } from "../support/people.ts";
import { ready, runKeyturn, spawnKeyturn } from "../support/process.ts";
import { freePort } from "../support/server.ts";

describe("a server killed in the middle of fifty sign-ups", () => {
  test("has kept everybody it answered, verifies the tokens it gave, and makes no second signing key", async () => {
    using folder = createDataDir();
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const env = { DATA_DIR: folder.path, PORT: String(port), HOST: "localhost" };
    await using first = spawnKeyturn("main.ts", [], env);
    await ready(first);
    const { bearer } = await signUp(url);
    const tokens = [await tokenOf(url, bearer)];

    const acknowledged: string[] = [];
    const password = "correct horse battery";
    const attempts = Array.from({ length: 50 }, async () => {
      const email = newEmail();
      const response = await postJson(`${url}/api/auth/sign-up/email`, { email, password, name: "Ada" });
      if (response.status !== 200) return;
      acknowledged.push(email);
      if (acknowledged.length === 10) first.kill("SIGKILL");
      tokens.push(await tokenOf(url, response.headers.get("set-auth-token") ?? ""));
    });
    await Promise.allSettled(attempts);
    expect(await first.exit).toBe("SIGKILL");
    expect(acknowledged.length).toBeGreaterThanOrEqual(10);
    expect(acknowledged.length).toBeLessThan(50);

    await using second = spawnKeyturn("main.ts", [], env);
    await ready(second);
    for (const email of acknowledged) {
      const response = await postJson(`${url}/api/auth/sign-in/email`, { email, password });
      expect(response.status).toBe(200);
    }
    const keys = createRemoteJWKSet(new URL(`${url}/.well-known/jwks.json`));
    for (const token of tokens) await jwtVerify(token, keys, { issuer: url });
    const { output } = await runKeyturn(["keys", "list", "--json"], env);
    const states = JSON.parse(output).keys.map(
      ({ alg, state }: { alg: string; state: string }) => `${alg} ${state}`,
    );
    expect(states.toSorted()).toEqual([
      "EdDSA announced",
      "EdDSA signing",
      "RS256 announced",
      "RS256 signing",
    ]);
  });
});
